"""未读回的光盘在能核对的人的工作台和提醒上，点开就是读回核对的表。"""

import pytest

from liuhen.interfaces.office import Office
from tests.cast import assemble
from tests.interfaces.api.scene import Door, make_scene, with_papers


@pytest.mark.django_db
def test_disc_that_was_never_read_back_stands_on_the_desk_of_who_may_check_it(office: Office) -> None:
    scene = make_scene(office, assemble(office))
    with_papers(scene)
    assert scene.disc is not None
    items = [one for one in Door("zhao").alerts() if one["title"] == "光盘读回核对"]
    assert [(one["number"], one["state"]["label"]) for one in items] == [(scene.disc.number, "待读回核对")]
    assert not [one for one in Door("li").alerts() if one["title"] == "光盘读回核对"]
