# SPDX-License-Identifier: Apache-2.0
"""Figures of matplotlib: caught at show(), reported by hand, and as an image."""

NEEDS = {"modules": ["matplotlib", "numpy"]}


def client(facts):
    import matplotlib.pyplot as plt
    from clearml import Task

    task = Task.init(project_name="compat/matplotlib", task_name="figures",
                     auto_resource_monitoring=False)
    facts["task"] = task.id
    plt.figure()
    plt.plot([1, 2, 3], [1, 4, 9], label="squares")
    plt.title("caught at show")
    plt.legend()
    plt.show()
    plt.close("all")
    figure = plt.figure()
    plt.bar([1, 2], [3, 4])
    task.get_logger().report_matplotlib_figure("by hand", "bars", figure=figure, iteration=3)
    task.get_logger().report_matplotlib_figure("as image", "bars", figure=figure, iteration=3,
                                               report_image=True)
    plt.close("all")
    task.close()


def check(raw, facts):
    plots = {(p["metric"], p["variant"]): p for p in raw.plots(facts["task"])}
    raw.true("caught", any("caught at show" in metric for metric, _ in plots))
    raw.has("by hand", plots, ("by hand", "bars"))
    raw.same("iteration", plots[("by hand", "bars")]["iter"], 3)
    images = raw.events(facts["task"], "training_debug_image")
    raw.has("metrics of images", [e["metric"] for e in images], "as image")
    url = next(e["url"] for e in images if e["metric"] == "as image")
    raw.true("an image", raw.file(url)[:3] in (b"\x89PN", b"\xff\xd8\xff"))
