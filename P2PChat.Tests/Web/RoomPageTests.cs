using System.Text.RegularExpressions;
using Microsoft.Playwright;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Node.Rooms;
using P2PChat.Tests.Protocol.Rooms;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Rooms on the page.</summary>
[Collection(Browser.Collection)]
[Trait("Requires", "Chromium")]
public sealed class RoomPageTests(Browser browser)
{
    private readonly PageLooks _looks = new();

    [ChromiumFact]
    public async Task Three_people_create_join_and_use_a_room()
    {
        await using var peers = await RoomPeers.StartAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await using var carol = await browser.OpenAsync(peers.Carol);

        await alice.Link("New room").ClickAsync();
        await alice.Button("Create room").ClickAsync();
        await alice.ShowsAsync("That name is not valid.");
        await _looks.CheckAsync(alice, "room-new");
        await alice.Page.GetByLabel("Name", new PageGetByLabelOptions { Exact = true }).FillAsync(RoomPeers.Name);
        await alice.Button("Create room").ClickAsync();
        await Expect(alice.Page).ToHaveURLAsync(new Regex("/r/[0-9a-f]{64}/about#invite"));
        await alice.Button("Invite bob").ClickAsync();
        await Expect(alice.Button("Invite bob")).ToHaveCountAsync(0);
        await alice.Button("Invite carol").ClickAsync();
        await alice.ShowsAsync("All your contacts are already in this room or invited.");

        // Who joins is told before what the members learn.
        foreach (var page in new[] { bob, carol })
        {
            await page.Link($"Join … the room {RoomPeers.Name}").ClickAsync();
            await page.ShowsAsync("see your username, your key and your network address");
            if (page == bob)
            {
                await _looks.CheckAsync(bob, "room-invitation");
            }

            await page.Button("Join").ClickAsync();
            await Expect(page.Text).ToBeVisibleAsync();
        }

        await alice.Link($"Back to {RoomPeers.Name}").ClickAsync();
        await alice.ShowsAsync("bob joined");
        await alice.ShowsAsync("carol joined");
        await alice.WriteAsync("who brings the plates?");
        await bob.ShowsMessageAsync("who brings the plates?");
        await Expect(bob.Messages.Locator(".author .name")).ToHaveTextAsync("alice");
        await carol.ShowsMessageAsync("who brings the plates?");
        await bob.ComposerIsAttachedAsync();
        await bob.Text.PressSequentiallyAsync("I do. @al");
        await Expect(carol.Page.Locator(".typing")).ToContainTextAsync("bob is typing");
        await Expect(bob.Page.GetByRole(AriaRole.Option)).ToHaveTextAsync(["@alice", "@all"]);
        await _looks.CheckAsync(bob, "room-mention");
        await bob.Text.PressAsync("Enter");
        await Expect(bob.Text).ToHaveValueAsync("I do. @alice ");
        await bob.Text.PressAsync("Enter");
        await Expect(alice.Messages.Nth(1)).ToHaveClassAsync(new Regex("mentions"));
        await Expect(alice.Messages.Nth(1)).ToContainTextAsync("I do. @alice");
        await Expect(carol.Messages.Nth(1)).Not.ToHaveClassAsync(new Regex("mentions"));
        await Expect(alice.Messages).ToHaveCountAsync(2);
        _looks.AssertNothingFound();
        Assert.Empty((string[])[.. alice.Errors, .. bob.Errors, .. carol.Errors]);
    }

    [ChromiumFact]
    public async Task Search_and_palette_lead_to_a_message_of_a_room()
    {
        await using var peers = await RoomPeers.StartInRoomAsync();
        _ = await peers.SayAsync(peers.Bob, "who has a **lantern**?");
        for (var i = 0; i < 60; i++)
        {
            _ = await peers.Alice.RoomMessages.SendAsync(peers.Room, $"line {i}");
        }

        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync("/search?words=lantern");
        var result = alice.Page.Locator(".results a");
        await Expect(result).ToContainTextAsync($"bob in {RoomPeers.Name}");
        await Expect(result.Locator("mark")).ToHaveTextAsync("lantern");
        await _looks.CheckAsync(alice, "search-room");
        await result.ClickAsync();
        await Expect(alice.Messages.Locator("mark")).ToHaveTextAsync("lantern");
        await Expect(alice.Page.Locator(".message.target")).ToBeInViewportAsync();

        await alice.GoAsync("/");
        await alice.Page.Keyboard.PressAsync("Control+k");
        await alice.Page.GetByRole(AriaRole.Combobox).FillAsync("lantern");
        var option = alice.Page.GetByRole(AriaRole.Option);
        await Expect(option.First).ToContainTextAsync($"bob in {RoomPeers.Name}");
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Page).ToHaveURLAsync(new Regex($"/r/{peers.Room}[?]at="));
        await Expect(alice.Messages.Locator("mark")).ToHaveTextAsync("lantern");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Messages_of_removed_and_blocked_members_are_marked()
    {
        await using var scene = await MarkedRoom.StartAsync();
        await using var alice = await browser.OpenAsync(scene.Alice);
        await alice.GoAsync($"/r/{scene.Room}");
        await Expect(alice.Messages).ToHaveCountAsync(3);
        await Expect(alice.Messages.Nth(0)).ToContainTextAsync(MarkedRoom.Late);
        await Expect(alice.Messages.Nth(0)).ToContainTextAsync("sent after removal");
        await Expect(alice.Messages.Nth(1).GetByText(MarkedRoom.Blocked)).ToBeHiddenAsync();
        await Expect(alice.Messages.Nth(1)).Not.ToContainTextAsync("sent after removal");
        await alice.Messages.Nth(1).Locator("summary").ClickAsync();
        await Expect(alice.Messages.Nth(1).GetByText(MarkedRoom.Blocked)).ToBeVisibleAsync();
        await _looks.CheckBrieflyAsync(alice, "room-opened", ".message");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Link_is_made_used_and_revoked_on_the_page()
    {
        await using var peers = await WebPeers.StartAsync();
        var room = (await peers.Alice.Rooms.CreateAsync(RoomPeers.Name, history: 0)).Id;
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync($"/r/{room}/about");
        await alice.Page.GetByLabel("People who can join").FillAsync("2");
        await alice.Page.GetByLabel("Valid for this many days").FillAsync("1");
        await alice.Button("Create a link").ClickAsync();
        await alice.ShowsAsync("Open, 2 of 2 uses left");
        await alice
            .Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { NameRegex = new Regex("^Copy link") })
            .ClickAsync();
        await Expect(alice.Page.Locator(".copy-state")).ToHaveTextAsync("Copied.");
        await _looks.CheckAsync(alice, "room-links");
        var link = await alice.Page.Locator(".invites input").InputValueAsync();

        await bob.GoAsync("/invite");
        await bob.Page.GetByLabel("Invite link that you were sent").FillAsync(link);
        await bob.Button("Continue").ClickAsync();
        await bob.ShowsAsync("Join a room of alice?");
        await _looks.CheckAsync(bob, "room-join");
        await bob.Button("Join").ClickAsync();
        await Expect(bob.Text).ToBeVisibleAsync();
        await alice.ShowsAsync("Open, 1 of 2 uses left");
        await alice.ShowsAsync("Used by bob");
        Assert.Empty(peers.Bob.Contacts.All);

        await alice
            .Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { NameRegex = new Regex("^Revoke link") })
            .ClickAsync();
        await Expect(alice.Page.Locator(".invites li strong")).ToHaveTextAsync("Revoked");
        _looks.AssertNothingFound();
        Assert.Empty((string[])[.. alice.Errors, .. bob.Errors]);
    }

    [ChromiumFact]
    public async Task Refused_link_and_waiting_say_what_to_do()
    {
        await using var peers = await WebPeers.StartAsync();
        var room = (await peers.Alice.Rooms.CreateAsync(RoomPeers.Name, history: 0)).Id.ToString();
        var revoked = await peers.Alice.RoomLinks.CreateAsync(room, 1, 24);
        await peers.Alice.RoomLinks.RevokeAsync(room, revoked.Id);
        var open = await peers.Alice.RoomLinks.CreateAsync(room, 1, 24);
        await using var bob = await browser.OpenAsync(peers.Bob);

        await JoinAsync(bob, $"{revoked.Link}");
        await bob.ShowsAsync("alice's link to a room was revoked. Ask alice for a new link.");
        await _looks.CheckAsync(bob, "room-link-refused");

        await peers.Alice.StopAsync();
        await JoinAsync(bob, $"{open.Link}");
        await bob.ShowsAsync("Waiting for alice");
        await _looks.CheckAsync(bob, "room-waiting");
        await bob.Button("Give up").ClickAsync();
        await Expect(bob.Page.GetByText("Waiting for alice")).ToHaveCountAsync(0);
        Assert.Empty(peers.Bob.Rooms.All);
        _looks.AssertNothingFound();
        Assert.Empty(bob.Errors);
    }

    [ChromiumFact]
    public async Task Replies_reactions_edits_and_deletes_show_at_all_members()
    {
        await using var peers = await RoomPeers.StartInRoomAsync();
        _ = await peers.SayAsync(peers.Bob, "at eight?");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await alice.GoAsync($"/r/{peers.Room}");
        await bob.GoAsync($"/r/{peers.Room}");
        await alice.ShowsMessageAsync("at eight?");

        await MessageMenu.ChooseAsync(alice, 0, "Reply");
        await Expect(alice.Page.Locator(".composer-subject")).ToContainTextAsync("Replying to bob");
        await alice.WriteAsync("at **nine**");
        await Expect(bob.Messages.Nth(1).Locator(".quote")).ToContainTextAsync("at eight?");
        await Expect(bob.Messages.Nth(1).Locator(".text strong")).ToHaveTextAsync("nine");

        await MessageMenu.ChooseAsync(alice, 0, "React with 👍");
        await Expect(bob.Messages.Nth(0).Locator(".reactions li")).ToHaveTextAsync("👍 👍 by alice");
        await bob.Messages.Nth(0).Locator(".reaction").ClickAsync();
        await Expect(alice.Messages.Nth(0).Locator(".reaction")).ToContainTextAsync("👍 2");

        await MessageMenu.ChooseAsync(alice, 1, "Edit");
        await Expect(alice.Text).ToHaveValueAsync("at **nine**");
        await alice.WriteAsync("at ten");
        await Expect(bob.Messages.Nth(1).Locator(".text")).ToHaveTextAsync("at ten");
        await Expect(bob.Messages.Nth(1).Locator(".edited")).ToBeVisibleAsync();
        await Expect(alice.Messages.Nth(1).Locator(".read-by")).ToContainTextAsync("Read by bob");
        await MessageMenu.OpenAsync(alice, 0);
        await Expect(MessageMenu.Items(alice).Filter(new LocatorFilterOptions { Visible = true }).Last)
            .ToHaveTextAsync("Delete for me …");
        await alice.Page.Keyboard.PressAsync("Escape");

        await MessageMenu.ChooseAsync(alice, 1, "Info");
        var info = alice.Page.GetByRole(AriaRole.Dialog);
        await Expect(info.Locator("dl > div").Filter(new LocatorFilterOptions { HasText = "Read by" }).Locator("dd"))
            .ToHaveTextAsync("bob");
        await Expect(info.Locator(".versions .text strong")).ToHaveTextAsync("nine");
        await _looks.CheckAsync(alice, "room-message-info");
        await info.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).ClickAsync();

        await MessageMenu.ChooseAsync(alice, 1, "Delete for everyone …");
        await alice
            .Page.GetByRole(AriaRole.Alertdialog)
            .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" })
            .ClickAsync();
        await Expect(bob.Messages.Nth(1).Locator(".text")).ToHaveTextAsync("This message was deleted.");
        await Expect(alice.Messages.Nth(1).Locator(".text")).ToHaveTextAsync("This message was deleted.");
        await MessageMenu.ChooseAsync(alice, 0, "Delete for me …");
        await alice
            .Page.GetByRole(AriaRole.Alertdialog)
            .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" })
            .ClickAsync();
        await Expect(alice.Messages).ToHaveCountAsync(1);
        await Expect(bob.Messages).ToHaveCountAsync(2);
        _looks.AssertNothingFound();
        Assert.Empty((string[])[.. alice.Errors, .. bob.Errors]);
    }

    [ChromiumFact]
    public async Task Members_are_promoted_removed_and_told_by_role()
    {
        await using var peers = await RoomPeers.StartInRoomAsync();
        _ = await peers.SayAsync(peers.Carol, "hello");
        await using var alice = await browser.OpenAsync(peers.Alice);
        await using var bob = await browser.OpenAsync(peers.Bob);
        await using var carol = await browser.OpenAsync(peers.Carol);
        var about = $"/r/{peers.Room}/about";
        await alice.GoAsync(about);
        await bob.GoAsync(about);
        await carol.GoAsync($"/r/{peers.Room}");
        await Expect(bob.Page.Locator("#invite")).ToHaveCountAsync(0);

        await ChooseMemberAsync(alice, "bob", "Make moderator");
        await Expect(Member(alice, "bob")).ToContainTextAsync("moderator");
        // A moderator sees only what moderators may do.
        await Expect(bob.Page.Locator("#invite")).ToBeVisibleAsync();
        await bob.MenusAreAttachedAsync();
        await bob.Button("Actions for carol").ClickAsync();
        await Expect(MemberItems(bob)).ToHaveTextAsync(["Open the conversation", "Remove …"]);
        await _looks.CheckAsync(bob, "room-moderator");
        await bob.Page.Keyboard.PressAsync("Escape");
        await bob.Page.GetByLabel("Name of the room").FillAsync("Cake on Sunday");
        await bob.Button("Rename").ClickAsync();
        await carol.ShowsAsync("bob renamed the room to “Cake on Sunday”");
        await Expect(carol.Page.Locator(".page-head .avatar.room")).ToHaveTextAsync("#");
        await ChoosePictureAsync(bob);
        await Expect(bob.Page.Locator(".profile-preview canvas")).ToBeVisibleAsync();
        await bob.Button("Save picture").ClickAsync();
        await bob.ShowsAsync("The picture has been changed.");
        await carol.ShowsAsync("bob changed the picture of the room");
        await ShowsPictureAsync(carol, ".page-head .avatar.room img");
        await ShowsPictureAsync(alice, ".room-row .avatar.room img");
        await _looks.CheckAsync(bob, "room-picture");

        await ChooseMemberAsync(alice, "carol", "Remove …");
        var question = alice.Page.GetByRole(AriaRole.Alertdialog);
        await Expect(question).ToContainTextAsync("carol receives no more messages");
        await _looks.CheckAsync(alice, "room-remove");
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Remove" }).ClickAsync();
        await carol.ShowsAsync("alice removed you from this room.");
        await carol.ShowsAsync("alice removed you");
        await Expect(carol.Text).ToHaveCountAsync(0);
        await _looks.CheckAsync(carol, "room-removed");

        await ChooseMemberAsync(alice, "bob", "Hand the room over …");
        await Expect(question).ToBeVisibleAsync();
        await _looks.CheckBrieflyAsync(alice, "room-hand-over", "dialog[open]");
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Hand over" }).ClickAsync();
        await Expect(Member(bob, "bob")).ToContainTextAsync("owner");
        await Expect(alice.Button("Leave …")).ToBeVisibleAsync();
        await alice.Button("Leave …").ClickAsync();
        await Expect(question).ToBeVisibleAsync();
        await _looks.CheckBrieflyAsync(alice, "room-leave", "dialog[open]");
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Leave" }).ClickAsync();
        await alice.Button("Delete on this device …").ClickAsync();
        await Expect(question).ToBeVisibleAsync();
        await _looks.CheckBrieflyAsync(alice, "room-delete", "dialog[open]");
        await question.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await Expect(alice.Page.Locator(".room-row")).ToHaveCountAsync(0);
        _looks.AssertNothingFound();
        Assert.Empty((string[])[.. alice.Errors, .. bob.Errors, .. carol.Errors]);
    }

    [ChromiumFact]
    public async Task Unread_and_mentions_count_as_the_room_is_set()
    {
        await using var peers = await RoomPeers.StartInRoomAsync();
        await using var alice = await browser.OpenAsync(peers.Alice);
        _ = await peers.SayAsync(peers.Bob, "first");
        var row = alice.Page.Locator(".room-row");
        await Expect(row.Locator(".badge")).ToContainTextAsync("1");
        await Expect(row.Locator(".preview")).ToHaveTextAsync("bob: first");
        await Expect(alice.Page).ToHaveTitleAsync(new Regex("^\\(1\\) "));

        await ChooseRoomAsync(alice, "Notify me of mentions only");
        await Expect(alice.Page).ToHaveTitleAsync(new Regex("^alice"));
        _ = await peers.SayAsync(peers.Bob, "second, @alice");
        await Expect(alice.Page).ToHaveTitleAsync(new Regex("^\\(1\\) "));
        await Expect(row.Locator(".badge.mention")).ToBeVisibleAsync();
        await ChooseRoomAsync(alice, "Mute");
        await Expect(alice.Page).ToHaveTitleAsync(new Regex("^alice"));
        await Expect(row.Locator(".mark-icon")).ToBeVisibleAsync();
        await _looks.CheckAsync(alice, "room-list");

        await alice.Page.GetByRole(AriaRole.Searchbox).FillAsync("cake");
        await Expect(alice.Page.Locator(".conversations a.person")).ToHaveCountAsync(1);
        await alice.Page.Keyboard.PressAsync("Control+k");
        await alice.Page.Keyboard.TypeAsync("cake");
        await Expect(alice.Page.GetByRole(AriaRole.Option).First).ToContainTextAsync(RoomPeers.Name);
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(alice.Page.Locator(".new-messages")).ToBeVisibleAsync();
        await Expect(row.Locator(".badge")).ToHaveCountAsync(0);
        await Eventually.True(
            () => peers.Alice.Rooms.Find(peers.Room).Unread == 0,
            PeerUnderTest.Soon,
            "the messages are read"
        );
        await ChooseRoomAsync(alice, "Mark as unread");
        await Expect(row.Locator(".badge:not(.mention)")).ToContainTextAsync("1");
        await Expect(alice.Page.Locator(".new-messages")).ToHaveCountAsync(1);
        await ChooseRoomAsync(alice, "Mark as read");
        await Expect(row.Locator(".badge")).ToHaveCountAsync(0);

        // Older messages are loaded as the user scrolls, and the draft waits.
        for (var i = 0; i < 70; i++)
        {
            _ = await peers.Alice.RoomMessages.SendAsync(peers.Room, $"message {i}");
        }

        await alice.Text.FillAsync("begun");
        await alice.GoAsync("/people");
        await row.Locator("a").ClickAsync();
        await Expect(alice.Text).ToHaveValueAsync("begun");
        await alice.ShowsMessageAsync("message 69");
        await alice.Log.EvaluateAsync("log => log.scrollTop = 0");
        await alice.ShowsMessageAsync("first");
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    [ChromiumFact]
    public async Task Long_room_with_a_blocked_member_fits_every_screen()
    {
        await using var peers = await RoomPeers.StartInRoomAsync();
        var question = await peers.SayAsync(peers.Bob, "Shall we meet at the lake, or is it too cold for that?");
        _ = await peers.SayAsync(peers.Bob, "I could bring https://example.org/a-rather-long-address-of-a-cake-recipe");
        _ = await peers.SayAsync(peers.Carol, "🎂");
        _ = await peers.SayAsync(peers.Alice, "The lake! @all please say what you bring.", question);
        _ = await peers.SayAsync(
            peers.Carol,
            "Plates, @alice, and a rather long text that needs more than one line here"
        );
        _ = await peers.SayAsync(peers.Carol, "שלום, מה שלומך היום?");
        _ = await peers.Bob.RoomMessages.ReactAsync(peers.Room, question.Id, "👍");
        await peers.Carol.RoomMessages.MarkReadAsync(peers.Room, null);
        await peers.Bob.RoomMessages.MarkReadAsync(peers.Room, null);
        await using var alice = await browser.OpenAsync(peers.Alice);
        await alice.GoAsync($"/r/{peers.Room}");
        await Expect(alice.Messages).ToHaveCountAsync(6);
        await Expect(alice.Messages.Nth(0).Locator(".reaction")).ToHaveCountAsync(1);
        await _looks.CheckAsync(alice, "room");
        await alice.GoAsync($"/r/{peers.Room}/about");
        await _looks.CheckAsync(alice, "room-about");

        await peers.Alice.Contacts.BlockAsync(Username.Parse("carol"), CancellationToken.None);
        await alice.GoAsync($"/r/{peers.Room}");
        var hidden = alice.Messages.Nth(4);
        await Expect(hidden).ToContainTextAsync("A message from a person you have blocked");
        await Expect(hidden.Locator(".text")).ToBeHiddenAsync();
        await alice.ComposerIsAttachedAsync();
        await hidden.Locator("summary").FocusAsync();
        await alice.Page.Keyboard.PressAsync("Enter");
        await Expect(hidden.Locator(".text")).ToBeVisibleAsync();
        await ForkAsync(peers.Alice, peers.Room);
        var notice = alice.Page.GetByRole(AriaRole.Alert);
        await Expect(notice).ToContainTextAsync("sent different versions to different members");
        await alice.MenusAreAttachedAsync();
        await alice.Button("Room actions").ClickAsync();
        await _looks.CheckAsync(alice, "room-blocked");
        await alice.Page.Keyboard.PressAsync("Escape");
        await alice.GoAsync($"/r/{peers.Room}");
        await notice.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(notice).ToHaveCountAsync(0);
        await alice.GoAsync($"/r/{peers.Room}");
        await Expect(alice.Text).ToBeVisibleAsync();
        await Expect(notice).ToHaveCountAsync(0);
        _looks.AssertNothingFound();
        Assert.Empty(alice.Errors);
    }

    // A member writes two messages, and sends only one of them to each of the others.
    private static async Task ForkAsync(TestPeer peer, string room)
    {
        var liar = RoomKeys.IdOf(7);
        await MixedRoom.ForgeAsync(peer, room, machine => machine.Invite(liar));
        await ReceiveAsync(log => RoomForgery.Membership(log, 7, RoomEventKind.Join, HeadsOf(log)));
        await ReceiveAsync(log => RoomForgery.Message(log, 7, "yes", [], HeadsOf(log), previous: null));
        await ReceiveAsync(log => RoomForgery.Message(log, 7, "no", [], HeadsOf(log), previous: null));

        Task ReceiveAsync(Func<RoomLog, RoomEvent> forge) => MixedRoom.ForgeAsync(peer, room, machine =>
            {
                machine.Receive(liar, forge(machine.Log), DateTimeOffset.UnixEpoch);
                return null;
            });

        static IEnumerable<RoomEventId> HeadsOf(RoomLog log) => log.Membership.Heads.Select(head => head.Event.Id);
    }

    private static async Task ChoosePictureAsync(PeerPage page)
    {
        var drawn = await page.Page.EvaluateAsync<string>(
            """
            () => {
              const canvas = document.createElement('canvas');
              [canvas.width, canvas.height] = [600, 400];
              const context = canvas.getContext('2d');
              const sky = context.createLinearGradient(0, 0, 0, 400);
              sky.addColorStop(0, '#5b9bd5');
              sky.addColorStop(1, '#f6d7a7');
              context.fillStyle = sky;
              context.fillRect(0, 0, 600, 400);
              context.fillStyle = '#3d6b35';
              context.fillRect(0, 280, 600, 120);
              return canvas.toDataURL('image/png').split(',')[1];
            }
            """
        );
        await page
            .Page.Locator("[data-profile-picture] input[type=file]")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "lake.png",
                    MimeType = "image/png",
                    Buffer = Convert.FromBase64String(drawn),
                }
            );
    }

    private static async Task ShowsPictureAsync(PeerPage page, string image)
    {
        await Expect(page.Page.Locator(image)).ToHaveCountAsync(1);
        await page.Page.WaitForFunctionAsync("image => document.querySelector(image)?.naturalWidth === 256", image);
    }

    private static ILocator Member(PeerPage page, string name) =>
        page.Page.Locator(".member-row").Filter(new LocatorFilterOptions { HasText = name });

    private static ILocator MemberItems(PeerPage page) =>
        page.Page.Locator("#member-menu [role=menuitem]:not([hidden])");

    private static async Task ChooseMemberAsync(PeerPage page, string name, string item)
    {
        await page.MenusAreAttachedAsync();
        await page.Button($"Actions for {name}").ClickAsync();
        await MemberItems(page).Filter(new LocatorFilterOptions { HasText = item }).ClickAsync();
    }

    private static async Task ChooseRoomAsync(PeerPage page, string item)
    {
        await page.MenusAreAttachedAsync();
        await page.Page.Locator("li.room-row").ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await page
            .Page.Locator("#room-menu [role=menuitem]:not([hidden])")
            .Filter(new LocatorFilterOptions { HasText = item })
            .ClickAsync();
    }

    private static async Task JoinAsync(PeerPage page, string link)
    {
        await page.GoAsync("/invite");
        await page.Page.GetByLabel("Invite link that you were sent").FillAsync(link);
        await page.Button("Continue").ClickAsync();
        await page.Button("Join").ClickAsync();
    }
}
