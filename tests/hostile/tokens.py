# SPDX-License-Identifier: Apache-2.0
"""Tokens: one algorithm, one key, the directory's word instead of the token's; and revocation."""

import base64
import hashlib
import hmac
import json
import os
import time


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(header, payload, key, digest=hashlib.sha256):
    text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(payload).encode())
    return text + "." + b64(hmac.new(key, text.encode(), digest).digest())


def resigned(good, changes, key):
    """The good token's own header, byte for byte, over another payload and a right signature."""
    head, payload, _ = good.split(".")
    fields = {**json.loads(unb64(payload)), **changes}
    text = head + "." + b64(json.dumps(fields).encode())
    return text + "." + b64(hmac.new(key, text.encode(), hashlib.sha256).digest())


def forgeries(good, secrets):
    head, payload, signature = good.split(".")
    fields = json.loads(unb64(payload))
    header = json.loads(unb64(head))
    root = {**fields, "identity": {**fields["identity"], "role": "root"}}
    token_key = bytes.fromhex(secrets["token_key"])
    other_key = bytes.fromhex(secrets["credential_key"])
    for name in ("none", "None", "NONE", "nOnE", ""):
        plain = b64(json.dumps({"alg": name, "typ": "JWT"}).encode()) + "." + payload
        yield f"alg {name!r} without signature", plain + "."
        yield f"alg {name!r} with the old signature", plain + "." + signature
    yield "no signature part", head + "." + payload
    yield "an empty signature", head + "." + payload + "."
    yield "one part", head
    yield "four parts", good + "." + signature
    yield "another payload", head + "." + b64(json.dumps(root).encode()) + "." + signature
    flipped = "A" if signature[0] != "A" else "B"
    yield "a flipped signature", head + "." + payload + "." + flipped + signature[1:]
    yield "a short signature", head + "." + payload + "." + signature[:-4]
    yield "a padded signature", good + "="
    yield "a signature in plain base64", good.replace("-", "+").replace("_", "/") + "=="
    yield "stray bits", good[:-1] + chr(ord(good[-1]) + 1)
    for kid in ("", "0", "../../secrets.json", "/dev/null", "' OR 1=1 --", "x" * 64):
        yield f"kid {kid[:20]!r}", signed({**header, "kid": kid}, fields, token_key)
        yield f"kid {kid[:20]!r}, empty key", signed({**header, "kid": kid}, fields, b"")
    for what, key in (("empty", b""), ("zero", bytes(32)), ("the other", other_key),
                      ("the kid's", header["kid"].encode()), ("the hex", secrets["token_key"]
                                                              .encode())):
        yield f"{what} key", signed(header, root, key)
    yield "HS384", signed({**header, "alg": "HS384"}, fields, token_key, hashlib.sha384)
    yield "HS512", signed({**header, "alg": "HS512"}, fields, token_key, hashlib.sha512)
    yield "RS256 over HMAC", signed({**header, "alg": "RS256"}, fields, token_key)
    yield "a jwk of its own", signed({**header, "jwk": {"kty": "oct", "k": b64(b"x" * 32)}},
                                     fields, b"x" * 32)
    yield "a jku", signed({**header, "jku": "http://127.0.0.1:1/keys"}, fields, token_key)
    yield "crit", signed({**header, "crit": ["exp"]}, fields, token_key)
    for exp in (0, -1, "9999999999", 1.0, None, [9999999999], True, 10**400, -10**20):
        yield f"exp {str(exp)[:12]}", resigned(good, {"exp": exp}, token_key)
    yield "issued tomorrow", resigned(good, {"iat": int(time.time()) + 86400}, token_key)
    yield "no session", resigned(good, {"session_id": ""}, token_key)
    yield "no user", resigned(good, {"identity": {}}, token_key)
    yield "an unknown user", resigned(
        good, {"identity": {**fields["identity"], "user": "f" * 32}}, token_key)
    yield "an unknown key", resigned(good, {"credential": "NOSUCHKEY"}, token_key)
    yield "another epoch", resigned(good, {"epoch": 7}, token_key)
    yield "an array", head + "." + b64(b"[]") + "." + signature
    deep = text_signed(head, b'{"exp":' + b"[" * 5000, token_key)
    yield "a deep payload", deep
    yield "15,000 bytes", "A" * 15000
    yield "15,000 dots", "." * 15000
    yield "with a space", good[:20] + " " + good[20:]
    yield "twice", good + " " + good


def text_signed(head, payload, key):
    text = head + "." + b64(payload)
    return text + "." + b64(hmac.new(key, text.encode(), hashlib.sha256).digest())


def run(world, report, full):
    good = world.login("KEYuser", "secret-of-user")
    with open(os.path.join(world.data, "secrets.json")) as file:
        secrets = json.load(file)
    key = bytes.fromhex(secrets["token_key"])
    report.same("a resigned token is accepted: the forger works",
                world.api("users.get_current_user", {}, resigned(good, {}, key)).status, 200)
    for what, token in forgeries(good, secrets):
        answer = world.api("users.get_current_user", {}, token)
        report.ok(f"refused: {what}", answer.status == 401 and answer.data == {}, answer)
        answer = world.file("GET", "/x", token)
        report.same(f"refused by the files port: {what}", answer.status, 401)
    identity = json.loads(unb64(good.split(".")[1]))["identity"]
    lifted = resigned(good, {"identity": {**identity, "role": "root"}}, key)
    report.same("the role is the directory's, not the token's",
                world.api("server.config", {}, lifted).status, 403)
    long = world.raw("api", b"GET /users.get_current_user HTTP/1.1\r\nHost: x\r\nAuthorization: "
                     b"Bearer " + b"A" * 1_000_000 + b"\r\n\r\n")
    report.ok("a megabyte token", long.startswith(b"HTTP/1.1 431"), long[:80])
    answer = world.ask("api", "GET", "/users.get_current_user",
                       [("Authorization", f"Bearer {good}"), ("Authorization", "Bearer x")])
    report.same("two Authorization fields", answer.status, 401)
    for place in (f"?token={good}", f"?access_token={good}", f"?Authorization=Bearer%20{good}"):
        answer = world.ask("api", "GET", "/users.get_current_user" + place)
        report.same("a token in the query", answer.status, 401)
    answer = world.api("users.get_current_user", {"token": good, "auth": {"token": good}})
    report.same("a token in the body", answer.status, 401)
    for name in ("Cookie", "X-Auth-Token", "X-ClearML-Token", "Proxy-Authorization"):
        value = f"token={good}" if name == "Cookie" else f"Bearer {good}"
        answer = world.ask("api", "GET", "/users.get_current_user", {name: value})
        report.same(f"a token in {name}", answer.status, 401)
    revocation(world, report)


def works(world, port, token):
    if port in ("api", "web"):
        return world.api("users.get_current_user", {}, token, port).status == 200
    where = "files" if port == "files" else "web"
    return world.file("GET", "/no/file", token, where).status == 404


def revocation(world, report):
    """Whatever ends a session is felt on every listener within a second."""
    everywhere = ("api", "web", "files", "web files")

    def check(what, token, end):
        for port in everywhere:
            report.ok(f"{port} takes the token before: {what}", works(world, port, token))
        end()
        began = time.monotonic()
        for port in everywhere:
            refused = not works(world, port, token)
            while not refused and time.monotonic() - began < 1:
                refused = not works(world, port, token)
            report.ok(f"{port} refuses it within a second: {what}",
                      refused and time.monotonic() - began < 1)

    pair = world.call("auth.create_credentials", {}, "user")["credentials"]
    body = {"access_key": pair["access_key"]}
    check("key revoked", world.login(pair["access_key"], pair["secret_key"]),
          lambda: world.call("auth.revoke_credentials", body, "user"))
    token = world.login("KEYuser", "secret-of-user")
    check("logged out", token, lambda: world.api("auth.logout", {}, token))
    renewed = world.login("KEYuser", "secret-of-user")
    again = world.api("auth.login", {}, renewed).data["token"]
    check("the session it was renewed from ended", again,
          lambda: world.api("auth.logout", {}, renewed))
    world.add_user("leaver", "user", password="leaver's password", key="KEYleaver",
                   secret="secret-of-leaver")
    check("password reset", world.login("leaver", "leaver's password"),
          lambda: world.admin("reset", "leaver"))
    check("user disabled", world.login("KEYleaver", "secret-of-leaver"),
          lambda: world.admin("disable", "leaver"))
    world.call("auth.edit_user", {"user": world.users["user"], "role": "guest"}, "system")
    answer = world.api("tasks.create", {"name": "a task", "type": "testing"}, world.tokens["user"])
    report.same("a lowered role holds for tokens from before", answer.status, 403)
    world.call("auth.edit_user", {"user": world.users["user"], "role": "user"}, "system")
