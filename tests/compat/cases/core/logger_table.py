# SPDX-License-Identifier: Apache-2.0
"""Tables from a data frame, from lists and from CSV text."""

NEEDS = {"modules": ["pandas", "numpy"]}


def client(facts):
    import pandas as pd
    from clearml import Task

    task = Task.init(project_name="compat/tables", task_name="tables",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    logger = task.get_logger()
    frame = pd.DataFrame({"crop": ["maize", "beet"], "plants": [120, 80]}, index=["a", "b"])
    frame.index.name = "row"
    logger.report_table("table", "frame", iteration=0, table_plot=frame)
    logger.report_table("table", "lists", iteration=0, table_plot=[["h1", "h2"], ["x", "y"]])
    with open("table.csv", "w") as file:
        file.write("one,two\n1,2\n3,4\n")
    logger.report_table("table", "csv", iteration=0, csv="table.csv")
    task.close()


def check(raw, facts):
    frame = raw.plot(facts["task"], "table", "frame")["data"][0]
    raw.same("type", frame["type"], "table")
    raw.has("cells", str(frame["cells"]["values"]), "maize", "120", "beet", "80")
    raw.has("lists", str(raw.plot(facts["task"], "table", "lists")["data"][0]), "h1", "x", "y")
    raw.has("csv", str(raw.plot(facts["task"], "table", "csv")["data"][0]), "one", "two", "4")
