using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Tests.Node.Storage;

namespace P2PChat.Tests.Node.Services;

/// <summary>Settings: stored, validated and applied at once.</summary>
public sealed class PreferencesTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static readonly string[] Files =
    [
        "accept-files nobody",
        "accept-files-up-to 10MiB",
        "accept-file-types any",
    ];

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Unset_preference_uses_the_start_option()
    {
        var options = new PeerOptions
        {
            Accept = AcceptMode.None,
            ReadReceipts = false,
            HideAddress = true,
        };
        var preferences = new Preferences(null, options);

        Assert.Equal(
            ["accept none", "read-receipts off", "typing on", "presence on", "hide-address on", .. Files, "bell on"],
            preferences.All.Select(setting => $"{setting.Name} {setting.Value}")
        );
        Assert.DoesNotContain(preferences.All, setting => setting.IsChosen);
        Assert.All(preferences.All, setting => Assert.Contains(setting.Value, setting.Values));
    }

    [Fact]
    public void Chosen_value_survives_a_restart_until_it_is_reset()
    {
        using (var store = new OpenedStore(_temp.Path))
        {
            var preferences = store.LoadPreferences();
            preferences.Choose("Accept", "CONTACTS");
            preferences.Choose("typing", "off");
        }

        using var again = new OpenedStore(_temp.Path);
        var kept = again.LoadPreferences(new PeerOptions { Accept = AcceptMode.All });

        Assert.Equal((AcceptMode.Contacts, false, true), (kept.Accept, kept.Typing, kept.Presence));
        kept.Choose("accept", null);
        Assert.Equal(AcceptMode.All, kept.Accept);
    }

    [Theory]
    [InlineData("sounds", "on", PeerError.UnknownSetting)]
    [InlineData("typing", "perhaps", PeerError.BadSetting)]
    [InlineData("accept", "0", PeerError.BadSetting)]
    [InlineData("presence", "", PeerError.BadSetting)]
    public void Unknown_setting_or_value_is_refused_and_changes_nothing(string name, string value, PeerError error)
    {
        var preferences = new Preferences(null, new PeerOptions());

        Assert.Equal(error, Assert.Throws<PeerException>(() => preferences.Choose(name, value)).Error);
        Assert.DoesNotContain(preferences.All, setting => setting.IsChosen);
    }

    [Theory]
    [InlineData("typing", "sometimes")]
    [InlineData("sounds", "on")]
    public void Unknown_stored_setting_is_refused(string name, string value)
    {
        using var store = new OpenedStore(_temp.Path);
        store.Store.Settings.Save(name, value);

        Assert.Throws<PeerStartException>(() => store.LoadPreferences());
    }

    [Fact]
    public void Choice_that_cannot_be_saved_still_applies_and_throws()
    {
        var store = new OpenedStore(_temp.Path);
        var preferences = store.LoadPreferences();
        store.Dispose();

        Assert.ThrowsAny<IOException>(() => preferences.Choose("read-receipts", "off"));

        Assert.False(preferences.ReadReceipts);
    }

    [Fact]
    public async Task Receipts_typing_and_presence_follow_the_settings_at_once()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);

        bob.Settings.Set("read-receipts", "off");
        bob.Settings.Set("typing", "off");
        var first = await ReadByBobAsync("first");
        bob.Presence.SetTyping(alice.Name, active: true);
        // A receipt or typing notice would arrive before this message.
        _ = await bob.Messages.SendAsync(alice.Name, "a fence");
        _ = await alice.Expect<PeerEvent.MessageReceived>();
        Assert.DoesNotContain(alice.Rest(), told =>
            told is PeerEvent.Typing or PeerEvent.Receipt { State: MessageState.Read }
        );

        bob.Settings.Set("read-receipts", "on");
        bob.Settings.Set("typing", null);
        var second = await ReadByBobAsync("second");
        bob.Presence.SetTyping(alice.Name, active: true);
        _ = await alice.Expect<PeerEvent.Typing>(typing => typing.Active);
        Assert.Equal(second, (await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Read)).Id);
        Assert.NotEqual(first, second);

        bob.Presence.SetAway(true);
        Assert.True((await alice.Expect<PeerEvent.Presence>()).Away);
        bob.Settings.Set("presence", "off");
        Assert.False((await alice.Expect<PeerEvent.Presence>()).Away);
        bob.Settings.Set("presence", "on");
        Assert.True((await alice.Expect<PeerEvent.Presence>()).Away);

        async Task<Guid> ReadByBobAsync(string text)
        {
            var sent = await alice.Messages.SendAsync(bob.Name, text);
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == sent.Id);
            bob.Messages.MarkRead(alice.Name, upTo: null);
            return sent.Id;
        }
    }

    [Fact]
    public async Task Accept_mode_applies_to_the_next_request()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");

        bob.Settings.Set("accept", "none");
        await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);
        Assert.Equal(DisconnectReason.Rejected, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        bob.Settings.Set("accept", "all");
        await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);

        _ = await alice.Expect<PeerEvent.Connected>();
    }
}
