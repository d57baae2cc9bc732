"""How the other company is asked, and what it shows to card holders, payers and testers."""
