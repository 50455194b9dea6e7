# SPDX-License-Identifier: Apache-2.0
"""A plotly figure, a figure above 100,000 characters, and a plot reported at the same place
twice."""

NEEDS = {"modules": ["plotly", "numpy"]}


def client(facts):
    import plotly.graph_objects as go
    from clearml import Task

    task = Task.init(
        project_name="compat/plotly",
        task_name="plotly",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    logger = task.get_logger()
    figure = go.Figure(go.Scatter(x=[1, 2, 3], y=[3, 1, 2], name="line"))
    logger.report_plotly("plotly", "small", iteration=0, figure=figure)
    large = go.Figure(go.Scatter(x=list(range(20000)), y=[i / 7 for i in range(20000)]))
    logger.report_plotly("plotly", "large", iteration=0, figure=large)
    task.flush(wait_for_uploads=True)
    figure.data[0].y = [9, 8, 7]
    logger.report_plotly("plotly", "small", iteration=0, figure=figure)
    task.close()
    plots = Task.get_task(task_id=task.id).get_reported_plots()
    facts["sizes"] = {p["variant"]: len(p["plot_str"]) for p in plots}


def check(raw, facts):
    raw.same("plots", sorted(facts["sizes"]), ["large", "small"])
    raw.true("large is large", facts["sizes"]["large"] > 100000)
    small = raw.plot(facts["task"], "plotly", "small")
    raw.same("the second one stays", list(small["data"][0]["y"]), [9, 8, 7])
    large = raw.plot(facts["task"], "plotly", "large")
    raw.same("points", len(large["data"][0]["x"]), 20000)
    raw.same("events", len(raw.events(facts["task"], "plot")), 2)
