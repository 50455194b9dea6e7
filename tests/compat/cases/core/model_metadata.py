# SPDX-License-Identifier: Apache-2.0
"""Metadata of a model: typed entries, replaced, read back and cast."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import InputModel, Model

    model = InputModel.import_model(weights_url="http://127.0.0.1:9/metadata.bin",
                                    name="with metadata", project="compat/metadata")
    facts["model"] = model.id
    model = Model(model_id=model.id)
    model.set_metadata("depth", "12", "int")
    model.set_metadata("crop.type", "maize", "str")
    model.set_metadata("depth", "13", "int")
    facts["depth"] = Model(model_id=model.id).get_metadata("depth")
    facts["cast"] = Model(model_id=model.id).get_metadata_casted("depth")
    facts["all"] = Model(model_id=model.id).get_all_metadata()
    other = InputModel.import_model(weights_url="http://127.0.0.1:9/metadata2.bin",
                                    name="replaced", project="compat/metadata")
    facts["other"] = other.id
    other = Model(model_id=other.id)
    other.set_metadata("old", "1")
    other.set_all_metadata({"new": {"value": "2", "type": "int"}}, replace=True)


def check(raw, facts):
    stored = raw.model(facts["model"])["metadata"]
    raw.same("keys", sorted(stored), ["crop.type", "depth"])
    raw.same("depth", (stored["depth"]["value"], stored["depth"]["type"]), ("13", "int"))
    raw.same("dotted", stored["crop.type"]["value"], "maize")
    raw.same("read", facts["depth"], "13")
    raw.same("cast", facts["cast"], 13)
    raw.same("all", sorted(facts["all"]), ["crop.type", "depth"])
    raw.same("replaced", list(raw.model(facts["other"])["metadata"]), ["new"])
