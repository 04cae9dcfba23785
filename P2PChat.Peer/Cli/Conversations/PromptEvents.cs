using System.Threading.Channels;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli.Conversations;

/// <summary>Shows the peer's events at a prompt, and keeps its status row up to date.</summary>
internal sealed class PromptEvents : IAsyncDisposable
{
    private readonly PromptScreen _screen;
    private readonly ChatLog _log;
    private readonly ConversationView _view;
    private readonly RoomChat _rooms;
    private readonly ConversationBook _book;
    private readonly PromptStatus _status;
    private readonly EventLines _lines;
    private readonly LocalChanges _changes;
    private readonly PromptAlerts _alerts;
    private readonly ITimer _typingEnd;

    // A terminal that does not take output must not hold up the page, which may have sent the message.
    private readonly Channel<Action> _sent = Channel.CreateUnbounded<Action>();
    private readonly Task _showingSent;

    public PromptEvents(
        PromptScreen screen,
        ChatLog log,
        ConversationView view,
        RoomChat rooms,
        ConversationBook book,
        PromptStatus status,
        EventLines lines,
        LocalChanges changes,
        PromptAlerts alerts,
        TimeProvider timeProvider
    )
    {
        (_screen, _log, _view, _rooms, _book) = (screen, log, view, rooms, book);
        (_status, _lines, _changes, _alerts) = (status, lines, changes, alerts);
        _typingEnd = timeProvider.CreateTimer(_ => Redraw(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        changes.Changed += Refresh;
        changes.MessageSent += Queue;
        changes.RoomMessageSent += Queue;
        _showingSent = Task.Run(ShowSentAsync);
        Refresh();
    }

    public void Show(ApiEvent apiEvent)
    {
        _status.Apply(apiEvent);
        switch (apiEvent)
        {
            case ApiEvent.MessageReceived { Message: var message }:
                _view.Show(message);
                break;
            case ApiEvent.RoomMessageReceived received:
                _rooms.Show(received);
                break;
            case ApiEvent.RoomMessageChanged changed:
                _rooms.Show(changed);
                break;
            case ApiEvent.RoomRead read:
                _rooms.Show(read);
                break;
            case ApiEvent.Receipt receipt:
                _view.Show(receipt);
                Print(apiEvent);
                break;
            case ApiEvent.MessageChanged { Username: var name } when !_view.Shows(Username.Parse(name)):
            case ApiEvent.TimerChanged { Username: var with } when !_view.Shows(Username.Parse(with)):
                break;
            default:
                Print(apiEvent);
                break;
        }

        _alerts.Show(apiEvent);
        Redraw();
        switch (apiEvent)
        {
            case ApiEvent.Typing { Active: true } or ApiEvent.RoomTyping { Active: true }:
                _ = _typingEnd.Change(PeerEvent.Typing.Lasts, Timeout.InfiniteTimeSpan);
                break;
            case ApiEvent.MessageReceived
            or ApiEvent.MessageChanged
            or ApiEvent.ContactAdded
            or ApiEvent.Connected
            or ApiEvent.RoomMessageReceived
            or ApiEvent.RoomMessageChanged
            or ApiEvent.RoomChanged
            or ApiEvent.RoomReordered
            or ApiEvent.RoomDeleted
            or ApiEvent.Reset:
                Refresh();
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _changes.Changed -= Refresh;
        _changes.MessageSent -= Queue;
        _changes.RoomMessageSent -= Queue;
        _sent.Writer.Complete();
        await _showingSent;
        await _typingEnd.DisposeAsync();
    }

    private void Print(ApiEvent apiEvent)
    {
        if (_lines.Next(apiEvent) is { } line)
        {
            _log.Notice(line);
        }
    }

    private void Queue(Message sent) => _ = _sent.Writer.TryWrite(() => _view.Show(sent));

    private void Queue(RoomMessageView sent) => _ = _sent.Writer.TryWrite(() => _rooms.Show(sent));

    private async Task ShowSentAsync()
    {
        await foreach (var show in _sent.Reader.ReadAllAsync())
        {
            show();
        }
    }

    private void Refresh() => _book.RefreshSoon(Redraw);

    private void Redraw()
    {
        _alerts.SetTitle(_status.Row.News);
        _screen.Redraw();
    }
}
