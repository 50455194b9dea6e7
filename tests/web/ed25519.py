# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys and signatures by the openssl program: nothing beyond the standard library."""

import os
import subprocess
import tempfile

PUBLIC_DER_HEAD = bytes.fromhex("302a300506032b6570032100")


class Key:
    """A fresh key pair; the file goes with the object's folder."""

    def __init__(self, folder):
        handle, self.path = tempfile.mkstemp(suffix=".pem", dir=folder)
        os.close(handle)
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
        der = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        assert der.startswith(PUBLIC_DER_HEAD), der.hex()
        self.public = der[len(PUBLIC_DER_HEAD):]

    def sign(self, text):
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(self.path)) as message:
            message.write(text)
            message.flush()
            return openssl("pkeyutl", "-sign", "-inkey", self.path, "-rawin", "-in", message.name)


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout
