# SPDX-License-Identifier: Apache-2.0
"""A data set uploaded in small chunks, fetched whole and in parts, verified against its hashes."""

NEEDS = {"timeout": 150}


def client(facts):
    import hashlib
    import os

    from clearml import Dataset

    os.makedirs("blocks")
    state = b"seed"
    for number in range(8):
        with open(f"blocks/{number}.bin", "wb") as file:
            for _ in range(20000):
                state = hashlib.sha256(state).digest()
                file.write(state)
    data = Dataset.create(dataset_name="chunked", dataset_project="compat/datasets")
    data.add_files("blocks")
    data.upload(show_progress=False, chunk_size=1)
    data.finalize()
    facts["dataset"] = data.id
    again = Dataset.get(dataset_id=data.id)
    facts["chunks"] = again.get_num_chunks()
    part = again.get_local_copy(part=0, num_parts=2)
    facts["part"] = len(os.listdir(part))
    whole = again.get_local_copy()
    facts["whole"] = sorted(os.listdir(whole))
    facts["wrong"] = again.verify_dataset_hash()
    copy = again.get_mutable_local_copy("mine")
    with open(os.path.join(copy, "3.bin"), "ab") as file:
        file.write(b"changed")
    facts["changed"] = again.verify_dataset_hash(local_copy_path=copy)


def check(raw, facts):
    task = raw.task(facts["dataset"])
    parts = [key for key in raw.artifacts(task) if key.startswith("data")]
    raw.true("several chunks", facts["chunks"] > 3 and len(parts) == facts["chunks"])
    raw.true("a part", 0 < facts["part"] < 8)
    raw.same("whole", [f for f in facts["whole"] if f.endswith(".bin")],
             [f"{n}.bin" for n in range(8)])
    raw.same("verified", facts["wrong"], [])
    raw.same("a change is seen", facts["changed"], ["3.bin"])
