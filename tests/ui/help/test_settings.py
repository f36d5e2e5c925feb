"""Settings on the screen: their list, keys and themes of one's own."""

from ssmtui.config.settings import Settings
from ssmtui.ui.help.settings import SettingsScreen
from ssmtui.ui.kit.key_table import Help
from ssmtui.ui.start.form import StartForm
from tests.support.wait import wait_until
from tests.ui.harness import Harness


async def test_a_key_of_the_settings_works_is_shown_and_frees_the_old_one():
    async with Harness(settings=Settings(keys={"start": ("f5",), "quit": ("Q",)})).run() as harness:
        await harness.ready()
        assert "f5 start" in harness.text()
        await harness.press("s")
        assert harness.app.screen is harness.app.main
        await harness.press("f5")
        await wait_until("the form", lambda: isinstance(harness.app.screen, StartForm), report=harness.text)
        await harness.press("escape", "ctrl+c")
        await harness.shows("Press Q to quit, ? for help")
        await harness.press("question_mark")
        await wait_until("the help", lambda: isinstance(harness.app.screen, Help), report=harness.text)
        assert "f5" in harness.text()


async def test_keys_after_the_leader_and_in_an_ended_tab_can_be_others():
    settings = Settings(leader_keys={"close": ("k",)}, keys={"restart": ("R",)})
    async with Harness(settings=settings).run() as harness:
        await harness.ready()
        await harness.press("enter")
        await wait_until("a tab", lambda: len(harness.manager.snapshots()) == 1, report=harness.text)
        await harness.press("ctrl+right_square_bracket")
        await harness.shows("k close")


async def test_the_list_shows_each_setting_with_its_value_and_meaning():
    async with Harness(settings=Settings(scrollback_lines=777)).run(size=(100, 60)) as harness:
        await harness.ready()
        harness.app.run_command(harness.app.registry["settings"])
        await wait_until("the list", lambda: isinstance(harness.app.screen, SettingsScreen), report=harness.text)
        await harness.press("end")
        await harness.shows("stream_hosts = []")
        for _ in range(40):
            if "scrollback_lines = 777" in harness.text():
                break
            await harness.press("k")
        assert "scrollback_lines = 777" in harness.text()
        assert "Lines that each pane keeps above its screen." in harness.text()


async def test_a_theme_is_taken_by_its_name():
    settings = Settings(theme="harbour", themes={"harbour": {"primary": "#4fb3a5"}})
    async with Harness(settings=settings).run() as harness:
        await harness.ready()
        assert harness.app.theme == "harbour"
        await harness.press("colon", *"theme", "space", *"nord", "enter")
        await wait_until("the theme", lambda: harness.app.theme == "nord", report=harness.text)
        await harness.press("colon", *"theme", "space", *"nrd", "enter")
        await harness.shows("Did you mean nord?")
