"""A mail server and a page to read what came: in the demo, where every e-mail ends up.

    python -m abono.demo.inbox --smtp-port 1025 --port 8025 --store .abono/inbox

It takes mail for any address, keeps each in a file and shows it; nothing leaves the machine.
"""
