"""peer_session: Python requests with a Session, which keeps its connection.

The connection is warm; signing is done at the trigger.
"""

import requests

from peer_page import Peer, expect_ok

peer = Peer()
session = requests.Session()
session.verify = peer.ca_file
peer.serve(lambda peer: expect_ok(session.delete(peer.url, headers=peer.signed_headers())))
