"""Makes the OpenID Connect provider of the tests: glewlwyd, with a database and a configuration of its own.

    glewlwyd.py prepare DIRECTORY PORT
    glewlwyd -c DIRECTORY/glewlwyd.conf
    glewlwyd.py fill PORT REDIRECT-URI rsa|ecdsa|eddsa
"""
import gzip
import http.client
import json
import re
import sqlite3
import subprocess
import sys
import time

SCHEMA = "/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz"


def prepare(directory, port):
    database = sqlite3.connect(directory + "/glewlwyd.db")
    database.executescript(gzip.open(SCHEMA, "rt").read())
    database.close()
    text = open("/etc/glewlwyd/glewlwyd.conf").read()
    for key, value in {
        "port": port, "external_url": f'"http://127.0.0.1:{port}"', "log_mode": '"console"', "log_level": '"WARNING"',
    }.items():
        text = re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", text)
    text = text.replace("#bind_address=", "bind_address=")
    text = re.sub(
        r"(?m)^@include .*$", f'database = {{ type = "sqlite3" path = "{directory}/glewlwyd.db" }};', text)
    open(directory + "/glewlwyd.conf", "w").write(text)


ALGORITHMS = {
    "rsa": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ecdsa": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "eddsa": ("ED25519",),
}


def fill(port, redirect_uri, kind):
    cookie = None

    def call(method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Content-Type": "application/json"}
        if cookie:
            headers["Cookie"] = cookie
        connection.request(method, "/api" + path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {text}")
        return answer, text

    # It says nothing when it listens.
    for attempt in range(600):
        try:
            answer, _ = call("POST", "/auth/", {"username": "admin", "password": "password"})
            break
        except OSError:
            time.sleep(0.05)
    cookie = answer.getheader("set-cookie").split(";")[0]

    def openssl(*arguments, key=None):
        return subprocess.run(
            ["openssl", *arguments], input=key, capture_output=True, text=True, check=True).stdout

    key = openssl("genpkey", "-algorithm", *ALGORITHMS[kind])
    call("POST", "/mod/plugin/", {
        "module": "oidc", "name": "oidc", "display_name": "OpenID Connect", "order_rank": 0, "readonly": False,
        "parameters": {
            "iss": f"http://127.0.0.1:{port}/api/oidc", "jwt-type": kind, "jwt-key-size": "256", "key": key,
            "cert": openssl("pkey", "-pubout", key=key), "access-token-duration": 3600,
            "refresh-token-duration": 3600, "code-duration": 600, "refresh-token-rolling": True,
            "allow-non-oidc": False, "auth-type-code-enabled": True, "auth-type-token-enabled": False,
            "auth-type-id-token-enabled": False, "auth-type-none-enabled": False, "auth-type-password-enabled": False,
            "auth-type-client-enabled": False, "auth-type-refresh-enabled": False, "pkce-allowed": True,
            "pkce-method-plain-allowed": False, "pkce-required": True, "subject-type": "public",
            "request-parameter-allow": False, "session-management-allowed": False, "name-claim": "mandatory",
            "claims": [
                {"name": "preferred_username", "user-property": "username", "type": "string", "mandatory": True},
                {"name": "groups", "user-property": "groups", "type": "string", "mandatory": True},
            ],
        },
    })
    users = json.loads(call("GET", "/mod/user/database")[1])
    users["parameters"]["data-format"]["groups"] = {"multiple": True, "read": True, "write": True}
    call("PUT", "/mod/user/database", users)
    call("PUT", "/mod/user/database/reset/")
    call("POST", "/client/", {
        "client_id": "console", "name": "console", "confidential": True, "password": "client-secret-of-tests",
        "redirect_uri": [redirect_uri], "authorization_type": ["code"],
        "token_endpoint_auth_method": ["client_secret_basic"], "scope": ["openid"], "enabled": True,
    })
    for user, groups in {"anna": ["staff", "survey-editors"], "ben": ["staff"]}.items():
        call("POST", "/user/", {
            "username": user, "password": "correct horse battery", "name": user, "groups": groups,
            "scope": ["openid", "g_profile"], "enabled": True,
        })


if sys.argv[1] == "prepare":
    prepare(sys.argv[2], int(sys.argv[3]))
else:
    fill(int(sys.argv[2]), sys.argv[3], sys.argv[4])
