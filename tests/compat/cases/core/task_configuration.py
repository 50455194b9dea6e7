# SPDX-License-Identifier: Apache-2.0
"""Configuration objects: from a dictionary, from a file, from text; read back and replaced."""

NEEDS = {"quick": True}


def client(facts):
    from clearml import Task

    task = Task.init(project_name="compat/configuration", task_name="configurations",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    settings = task.connect_configuration({"layers": [1, 2], "name": "net"}, name="from dict",
                                          description="a dictionary")
    settings["name"] = "changed"
    with open("settings.yaml", "w") as file:
        file.write("width: 3\nheight: 4\n")
    facts["path"] = str(task.connect_configuration("settings.yaml", name="from file"))
    task.set_configuration_object("from.text", config_text="a = 1", config_type="ini",
                                  description="text")
    task.flush(wait_for_uploads=True)
    other = Task.get_task(task_id=task.id)
    facts["text"] = other.get_configuration_object("from file")
    facts["dict"] = other.get_configuration_object_as_dict("from dict")
    facts["all"] = sorted(other.get_configuration_objects())
    task.close()


def check(raw, facts):
    task = raw.task(facts["task"])
    raw.same("names", sorted(task["configuration"]), ["from dict", "from file", "from.text"])
    raw.same("names by the client", facts["all"], ["from dict", "from file", "from.text"])
    raw.same("file", task["configuration"]["from file"]["value"], "width: 3\nheight: 4\n")
    raw.same("file read", facts["text"], "width: 3\nheight: 4\n")
    raw.same("dict read", facts["dict"], {"layers": [1, 2], "name": "changed"})
    raw.same("description", task["configuration"]["from dict"]["description"], "a dictionary")
    raw.same("type", task["configuration"]["from.text"]["type"], "ini")
    answer = raw.call("tasks.get_configurations", tasks=[task["id"]], names=["from.text"])
    entries = answer["configurations"][0]["configuration"]
    raw.same("by name", [(e["name"], e["value"]) for e in entries], [("from.text", "a = 1")])
    names = raw.call("tasks.get_configuration_names", tasks=[task["id"]])["configurations"][0]
    raw.same("listed names", sorted(names["names"]), ["from dict", "from file", "from.text"])
