# SPDX-License-Identifier: Apache-2.0
"""Media: an audio file, an HTML page, a byte stream, a foreign URL."""

NEEDS = {"quick": True}


def client(facts):
    import io

    from clearml import Task

    task = Task.init(project_name="compat/media", task_name="media",
                     auto_connect_frameworks=False, auto_resource_monitoring=False)
    facts["task"] = task.id
    logger = task.get_logger()
    with open("sound.wav", "wb") as file:
        file.write(b"RIFF" + bytes(2000))
    logger.report_media("media", "sound", iteration=1, local_path="sound.wav")
    logger.report_media("media", "page", iteration=1, file_extension=".html",
                        stream=io.BytesIO(b"<html>hello</html>"))
    logger.report_media("media", "far", iteration=1, url="http://127.0.0.1:9/film.mp4")
    task.close()


def check(raw, facts):
    urls = {e["variant"]: e["url"] for e in raw.events(facts["task"], "training_debug_image")}
    raw.same("variants", sorted(urls), ["far", "page", "sound"])
    raw.same("sound", raw.file(urls["sound"])[:4], b"RIFF")
    raw.same("page", raw.file(urls["page"]), b"<html>hello</html>")
    raw.same("far", urls["far"], "http://127.0.0.1:9/film.mp4")
    raw.true("suffix", urls["sound"].endswith(".wav") and urls["page"].endswith(".html"))
