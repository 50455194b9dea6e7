# SPDX-License-Identifier: Apache-2.0
"""Histogram, vector, line, scatter, confusion matrix, surface: stored as plots, read back as
plotly."""

NEEDS = {"modules": ["numpy"], "quick": True}

PLOTS = [
    "histogram",
    "vector",
    "lines",
    "scatter 2d",
    "scatter 3d",
    "confusion",
    "matrix",
    "surface",
]


def client(facts):
    import json

    import numpy as np
    from clearml import Task

    task = Task.init(
        project_name="compat/plots",
        task_name="plots",
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    facts["task"] = task.id
    logger = task.get_logger()
    logger.report_histogram(
        "histogram",
        "counts",
        values=[1, 4, 2],
        iteration=1,
        xlabels=["a", "b", "c"],
        xaxis="letter",
        yaxis="count",
    )
    logger.report_vector("vector", "weights", values=[0.5, 1.5, 2.5], iteration=1)
    logger.report_line_plot("lines", _series(np), xaxis="x", yaxis="y", iteration=1)
    logger.report_scatter2d(
        "scatter 2d", "points", np.array([[1, 2], [3, 4]]), iteration=1, mode="markers"
    )
    logger.report_scatter3d("scatter 3d", "points", np.array([[1, 2, 3], [4, 5, 6]]), iteration=1)
    logger.report_confusion_matrix(
        "confusion",
        "classes",
        np.array([[5, 1], [2, 7]]),
        iteration=1,
        xlabels=["weed", "crop"],
        ylabels=["weed", "crop"],
    )
    logger.report_matrix("matrix", "values", np.eye(3), iteration=1)
    logger.report_surface("surface", "height", np.arange(9).reshape(3, 3), iteration=1)
    logger.report_histogram("histogram", "counts", values=[9, 9, 9], iteration=2)
    task.close()
    plots = Task.get_task(task_id=task.id).get_reported_plots()
    facts["read"] = sorted({p["metric"] for p in plots})
    facts["last"] = [
        json.loads(p["plot_str"])["data"][0]["y"] for p in plots if p["metric"] == "histogram"
    ]
    both = Task.get_task(task_id=task.id).get_reported_plots(max_iterations=5)
    facts["both"] = sorted(p["iter"] for p in both if p["metric"] == "histogram")


def _series(np):
    from clearml.utilities.plotly_reporter import SeriesInfo

    return [SeriesInfo(name="one", data=np.array([[0.0, 1.0], [1.0, 3.0]]), labels=None)]


def check(raw, facts):
    raw.same("metrics read", facts["read"], sorted(PLOTS))
    raw.same("only the last iteration", facts["last"], [[9, 9, 9]])
    raw.same("both iterations", facts["both"], [1, 2])
    for metric in PLOTS:
        plot = raw.plot(facts["task"], metric)
        raw.has(metric, plot, "data", "layout")
    raw.same("vector", raw.plot(facts["task"], "vector")["data"][0]["y"], [0.5, 1.5, 2.5])
    raw.same("scatter", raw.plot(facts["task"], "scatter 2d")["data"][0]["x"], [1, 3])
    raw.same("events", len(raw.events(facts["task"], "plot")), len(PLOTS) + 1)
    raw.same(
        "task metrics",
        {
            m["metric"]
            for t in raw.call("events.get_task_metrics", tasks=[facts["task"]], event_type="plot")[
                "metrics"
            ]
            for m in ([{"metric": x} for x in t["metrics"]])
        },
        set(PLOTS),
    )
