"""The page of the jobs, for administrators."""

from __future__ import annotations

from app.automation.runs import wanted
from tests.unit.website import Browser, Website


def test_the_page_lists_the_jobs_in_both_languages(administrator: Browser) -> None:
    english = administrator.get("/jobs/").text
    assert "Files that belong to no record" in english
    assert "Not yet" in english
    administrator.post("/language/", data={"language": "zh"})
    assert "清理不属于任何记录的文件" in administrator.get("/jobs/").text


def test_a_job_is_asked_for(website: Website, administrator: Browser) -> None:
    answer = administrator.post("/jobs/run", data={"job": "purge"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/jobs/")
    assert list(wanted(website.store)) == ["purge"]
    assert "Waiting" in administrator.get("/jobs/").text
    assert administrator.post("/jobs/run", data={"job": "nothing"}).status_code == 400


def test_others_do_not_see_it(rep: Browser) -> None:
    assert rep.get("/jobs/").status_code == 403
    assert "/jobs/" not in rep.get("/").text
