"""The view and the forms of saved connections as text, at the two sizes that matter."""

from __future__ import annotations

import pytest

from ssmtui.ui.profiles.form.form import ProfileForm
from tests.support.wait import wait_until
from tests.ui.profiles.test_profile_form import go_to
from tests.ui.profiles.test_profiles import harness, opened
from tests.ui.test_snapshots import SIZES, check, listed


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_profiles(size: tuple[int, int]) -> None:
    async with harness().run(size) as running:
        await listed(running)
        await opened(running, "j", "j", "space")
        await wait_until("its nodes", lambda: "1 node now" in running.text(), report=running.text)
        await check(running, "profiles")
        await running.press("escape", "slash", *"pdo")
        await wait_until("its nodes", lambda: "4 nodes now" in running.text(), report=running.text)
        await check(running, "profiles-search")
        await running.press("enter")
        if size == SIZES[0]:
            await running.press("m")
            await check(running, "profiles-move")
            await running.press("escape", "E")
            await check(running, "profiles-problems")
            await running.press("escape", "R", "ctrl+u", *"a/b")
            await check(running, "profiles-rename")
            await running.press("escape")
        await running.press("e")
        screen = running.app.screen
        assert isinstance(screen, ProfileForm)
        await wait_until("the document is read", lambda: screen._form.session_document is not None)
        await wait_until("its nodes", lambda: "4 nodes now" in running.text(), report=running.text)
        await running.settle()
        await check(running, "profile-form")
        await go_to(running, "scrollback_lines")
        await running.press(*"many")
        await check(running, "profile-form-wrong")
        if size == SIZES[0]:
            await running.press("escape")
            await check(running, "profile-form-leave")
