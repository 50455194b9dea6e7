# SPDX-License-Identifier: Apache-2.0
"""Model.query_models: name, project, tags with operators, metadata, published, archived, limits."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import InputModel, Model

    ids = {}
    for number, (name, tags) in enumerate((("query one", ["a", "b"]), ("query two", ["b"]),
                                           ("query three", ["c"]), ("query (four)", []))):
        model = InputModel.import_model(weights_url=f"http://127.0.0.1:9/query/{number}.bin",
                                        name=name, project="compat/query models", tags=tags,
                                        framework="ONNX", label_enumeration={"x": number})
        ids[name] = model.id
    Model(model_id=ids["query one"]).set_metadata("accuracy", "0.9", "float")
    Model(model_id=ids["query two"]).set_metadata("accuracy", "0.8", "float")
    Model(model_id=ids["query two"]).publish()
    Model(model_id=ids["query three"]).archive()

    def names(**query):
        found = Model.query_models(project_name="compat/query models", **query)
        return [model.name for model in found]

    facts["ids"] = ids
    facts["all"] = names()
    facts["archived too"] = sorted(names(include_archived=True))
    facts["published"] = names(only_published=True)
    facts["name"] = names(model_name="query (four)")
    facts["or"] = sorted(names(tags=["a", "b"]))
    facts["and"] = names(tags=["__$all", "a", "b"])
    facts["not"] = names(tags=["__$all", "b", "__$not", "a"])
    facts["metadata"] = names(metadata={"accuracy": "0.9"})
    facts["limit"] = len(names(max_results=2))
    facts["again"] = InputModel.import_model(weights_url="http://127.0.0.1:9/query/0.bin",
                                             name="other").id
    facts["loaded"] = InputModel.load_model("http://127.0.0.1:9/query/1.bin").id


def check(raw, facts):
    raw.same("newest first, archived left out", facts["all"],
             ["query (four)", "query two", "query one"])
    raw.same("archived too", facts["archived too"],
             ["query (four)", "query one", "query three", "query two"])
    raw.same("published", facts["published"], ["query two"])
    raw.same("name", facts["name"], ["query (four)"])
    raw.same("or", facts["or"], ["query one", "query two"])
    raw.same("and", facts["and"], ["query one"])
    raw.same("not", facts["not"], ["query two"])
    raw.same("metadata", facts["metadata"], ["query one"])
    raw.same("limit", facts["limit"], 2)
    raw.same("imported again", facts["again"], facts["ids"]["query one"])
    raw.same("loaded by URL", facts["loaded"], facts["ids"]["query two"])
    model = raw.model(facts["ids"]["query one"])
    raw.same("labels", model["labels"], {"x": 0})
    raw.same("framework", model["framework"], "ONNX")
