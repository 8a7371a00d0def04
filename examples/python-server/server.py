"""A server that has nothing but the user's token: it asks the session backend whose it is.

SESSIONS_URL=https://….execute-api.….amazonaws.com/dev PORT=8080 python3 server.py
"""

import json
import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SESSION_URL = os.environ["SESSIONS_URL"].rstrip("/") + "/session"


def ask_for_caller(authorization):
    """Returns the status and the body of GET /session. Whoever gets no 200 is not let in."""
    request = urllib.request.Request(SESSION_URL, headers={"Authorization": authorization or ""})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
    except (OSError, ValueError):
        message = "The session could not be checked right now. Send it again in a moment."
        return 503, {"success": False, "error": {"code": "TRY_AGAIN", "message": message}}


class Orders(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = ask_for_caller(self.headers.get("Authorization"))
        if status == 200:
            body = {"orders": [], "of": body["data"]["userId"]}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Orders)
    print(f"Listening on {json.dumps({'port': server.server_port})}", flush=True)
    server.serve_forever()
