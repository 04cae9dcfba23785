using System.Globalization;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The lines that scripts are most likely to rely on.</summary>
public sealed class EventTextTests
{
    private const string HostileRoom = "Plans\e[2J\n* connected to bank";

    private static readonly PeerId Key = PeerId.FromPublicKey("bob"u8);

    public static TheoryData<ApiEvent, string?> Events =>
        new()
        {
            {
                new ApiEvent.RequestReceived("bob", Key.ToString()),
                $"* bob asks to connect (key {Key.Short}). Use 'accept bob' or 'reject bob'"
            },
            { new ApiEvent.RoomLinkAccepted(new string('1', 64), "Hiking trip"), "* you are in #hiking-trip now" },
            { new ApiEvent.RequestWithdrawn("bob"), "* bob no longer asks to connect" },
            { new ApiEvent.Connected("bob"), "* connected to bob" },
            { Received("hello"), "bob: hello" },
            { Received("x\n* connected to bank"), "bob: x␊* connected to bank" },
            { Edited("it is ||the butler||"), "* bob edited a message: it is ▒▒▒" },
            { new ApiEvent.Receipt("bob", Guid.Empty, MessageState.Delivered), null },
            { new ApiEvent.ChangeReceipt("bob", Guid.Empty, "bob", MessageChange.Edit, MessageState.Delivered), null },
            { new ApiEvent.DirectoryChanged(new(DirectoryState.Registering, null)), null },
            {
                new ApiEvent.DirectoryChanged(new(DirectoryState.Refused, "The name is taken.")),
                "* The name is taken."
            },
            {
                new ApiEvent.RoomForked("1", HostileRoom, new RoomPersonItem($"{Key}", "bob", Checked: false)),
                "* bob? sent different versions to different members of #plans␛[2j␊*-connected-to-bank, or was "
                    + "restored from a backup. Both versions are kept"
            },
            {
                new ApiEvent.RoomForked("1", "Plans", new RoomPersonItem($"{Key}", Username: null, Checked: false)),
                $"* {Key.Short} sent different versions to different members of #plans, or was restored from a backup. "
                    + "Both versions are kept"
            },
            {
                new ApiEvent.RoomLinkRefused("1", HostileRoom, "bob", RoomLinkRefusal.RoomFull),
                "* The room to which bob's link leads is full. Ask bob to tell you when somebody has left"
            },
        };

    [Theory]
    [MemberData(nameof(Events))]
    public void Event_is_shown_as_a_line(ApiEvent apiEvent, string? line) =>
        Assert.Equal(line, EventText.Show(apiEvent));

    [Theory]
    [InlineData(MessageState.Expired)]
    [InlineData(MessageState.Unconfirmed)]
    [InlineData(MessageState.Refused)]
    [InlineData(MessageState.Lost)]
    public void Failed_message_is_shown(MessageState state) =>
        Assert.Contains(
            "bob",
            EventText.Show(new ApiEvent.Receipt("bob", Guid.Empty, state)),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(MessageChange.Reaction, MessageState.Expired, "Use 'react bob {0} <emoji>' to send it again")]
    [InlineData(MessageChange.Edit, MessageState.Refused, "Use 'edit bob {0} <message>' to send it again")]
    [InlineData(MessageChange.Delete, MessageState.Lost, "Use 'unsend bob {0}' to send it again")]
    [InlineData(MessageChange.Delete, MessageState.Unconfirmed, "It may still arrive from their mailbox.")]
    public void Failed_change_says_how_to_send_it_again(MessageChange change, MessageState state, string advice) =>
        Assert.Contains(
            string.Format(CultureInfo.InvariantCulture, advice, Guid.Empty),
            EventText.Show(new ApiEvent.ChangeReceipt("bob", Guid.Empty, "alice", change, state)),
            StringComparison.Ordinal
        );

    [Fact]
    public void Each_disconnect_reason_has_its_own_sentence()
    {
        var reasons = Enum.GetValues<DisconnectReason>().Except([DisconnectReason.Other]).ToList();

        var lines = reasons.Select(reason => EventText.Show(new ApiEvent.Disconnected("bob", reason))).ToHashSet();

        Assert.Equal(reasons.Count, lines.Count);
        Assert.All(lines, line => Assert.Contains("bob", line, StringComparison.Ordinal));
        Assert.DoesNotContain(EventText.Show(new ApiEvent.Disconnected("bob", DisconnectReason.Other)), lines);
    }

    private static ApiEvent.MessageChanged Edited(string text) =>
        new("bob", "bob", MessageChange.Edit, Received(text).Message);

    private static ApiEvent.MessageReceived Received(string text) =>
        new(new MessageItem(Guid.Empty, "bob", text, DateTimeOffset.UnixEpoch, MessageState.Received));
}
