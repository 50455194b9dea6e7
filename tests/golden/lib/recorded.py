# SPDX-License-Identifier: Apache-2.0
def run(binary, folder, tally):
    pass
