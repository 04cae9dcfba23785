using P2PChat.Client;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>
/// Rings the terminal's bell and shows a notification for messages, invitations to rooms and requests, and counts
/// messages and requests in the window's title.
/// </summary>
internal sealed class PromptAlerts(
    PromptScreen screen,
    TerminalSignals signals,
    ConversationBook book,
    ChatSwitch chats,
    SettingsService settings
)
{
    public void Show(ApiEvent apiEvent)
    {
        var text = apiEvent switch
        {
            ApiEvent.MessageReceived { Message: { From: var from, Text: var message } } when IsNews(from) =>
                $"{from}: {message}",
            ApiEvent.RoomMessageReceived { Notifies: true, Message: { Yours: false } message }
                when !chats.IsReading(new ChatKey.Room(message.Room)) =>
                $"{RoomText.Handle(message.RoomName)} {RoomText.Name(message.From)}: {message.Text}",
            ApiEvent.RoomChanged
            {
                Room: { Change: { Kind: RoomChangeKind.Invited, You: true, ByYou: false, By: { } by } } room
            } => $"{RoomText.Name(by)} invites you to {RoomText.Handle(room)}",
            ApiEvent.RequestReceived { Username: var name } => $"{name} asks to connect",
            _ => null,
        };
        if (text is not null && settings.All.Any(one => one is { Name: Preferences.BellName, Value: Preferences.On }))
        {
            screen.Send(signals.Alert(text));
        }
    }

    /// <param name="news">The number of unread messages and requests.</param>
    public void SetTitle(int news) => screen.Send(signals.Title(news));

    private bool IsNews(string from) =>
        Username.Parse(from) is var name && !book.IsMuted(name) && !chats.IsReading(new ChatKey.Contact(name));
}
