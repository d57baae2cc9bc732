import sys

from abono.demo.inbox.server import main

sys.exit(main())
