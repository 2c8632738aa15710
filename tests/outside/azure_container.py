"""Makes a container in Azurite, which knows one account and its key: azure_container.py PORT NAME."""

import base64
import email.utils
import hashlib
import hmac
import http.client
import sys

ACCOUNT = "devstoreaccount1"
# The emulator's, which everybody knows.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def main() -> int:
    port, name = int(sys.argv[1]), sys.argv[2]
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    own = "".join(f"{key}:{value}\n" for key, value in headers.items())
    # The method, and eleven headers that there are none of.
    signed = "PUT" + "\n" * 12 + own + f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    headers["Content-Length"] = "0"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("PUT", f"/{ACCOUNT}/{name}?restype=container", headers=headers)
        return 0 if connection.getresponse().status in (201, 409) else 1
    except OSError:
        return 1


sys.exit(main())
