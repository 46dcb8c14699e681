"""peer_sample: Python requests as the venues' documents show it: no session, so that each request
opens a connection of its own. The interpreter and the libraries are warm; the connection is not.
"""

import requests

from peer_page import Peer, expect_ok


def cancel_all(peer):
    headers = peer.signed_headers()
    expect_ok(requests.request("DELETE", peer.url, headers=headers, verify=peer.ca_file))


Peer().serve(cancel_all)
