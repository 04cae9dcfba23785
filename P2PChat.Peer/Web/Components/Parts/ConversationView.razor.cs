using Microsoft.AspNetCore.Components;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Components.Parts;

/// <summary>A conversation: its messages, its notices and the composer.</summary>
public sealed partial class ConversationView : ComponentBase
{
    private ConversationActions _actions = default!;
    private OpenConversation _open = default!;
    private IReadOnlyList<MessageDay<MessageRow>> _days = [];
    private int? _sent;
    private MessageLog? _log;

    /// <summary>The remote peer's name. It never changes during the lifetime of a view.</summary>
    [Parameter, EditorRequired]
    public Username Name { get; set; }

    /// <summary>The message to scroll to; null for the newest.</summary>
    [Parameter]
    public MessageKey? At { get; set; }

    /// <summary>Search words to mark in that message; null for none.</summary>
    [Parameter]
    public string? Words { get; set; }

    private Person Person => ChatPageModel.Find(Name);

    // Null: this user.
    private string? SenderOf(MessageRow row) => row.Message.From == ChatPageModel.Self ? null : Person.DisplayName;

    protected override async Task OnInitializedAsync()
    {
        ChatPageModel.EventReceived += OnEventReceived;
        ChatPageModel.Changed += OnChanged;
        ChatPageModel.Deleted += OnDeleted;
        ChatPageModel.EventsMissed += OnEventsMissed;
        PageConnection.Lost += OnLost;
        _actions = new ConversationActions(Name, ConnectionService, PresenceService, MessageService, ChatPageModel);
        _open = new OpenConversation(Name, ChatPageModel, MessageService, _actions);
        await _open.LoadAsync(At);
        ShowRows();
    }

    public void Dispose()
    {
        ChatPageModel.EventReceived -= OnEventReceived;
        ChatPageModel.Changed -= OnChanged;
        ChatPageModel.Deleted -= OnDeleted;
        ChatPageModel.EventsMissed -= OnEventsMissed;
        PageConnection.Lost -= OnLost;
    }

    private Task LoadOlder() => LoadAsync(_open.Window.LoadOlderAsync);

    private Task LoadNewer() => LoadAsync(_open.Window.LoadNewerAsync);

    private void OnPosition(LogPosition position) => _open.OnPositionChanged(position);

    private async Task LoadAsync(Func<Task> load)
    {
        await load();
        Show();
    }

    private async Task GoToEndAsync()
    {
        await _open.LoadEndAsync();
        await ScrollAsync("toEnd");
    }

    private Task ShowFilesAsync()
    {
        _open.OnFilesSent();
        return GoToEndAsync();
    }

    private async Task GoToUnreadAsync()
    {
        await _open.Divider.LoadAsync(_open.Window);
        await ScrollAsync("toUnread");
    }

    private Task ScrollAsync(string function)
    {
        Show();
        return _log?.ScrollAsync(function) ?? Task.CompletedTask;
    }

    // Nobody sees what arrives now.
    private void OnLost() => _ = InvokeAsync(() => _open.Position.Update(_open.Position.IsAtEnd, isPageInFront: false));

    // The browser's time zone may have changed too, and with it the days.
    private void OnChanged() => _ = InvokeAsync(() => LoadAsync(_open.OnChangedAsync));

    private void OnDeleted(Username with, MessageKey? key)
    {
        if (with == Name)
        {
            _ = InvokeAsync(() => LoadAsync(() => _open.OnDeletedAsync(key)));
        }
    }

    private void OnEventsMissed() => _ = InvokeAsync(() => LoadAsync(_open.ReloadAsync));

    private void OnEventReceived(PeerEvent peerEvent) =>
        _ = InvokeAsync(async () =>
        {
            if (await _open.ApplyAsync(peerEvent))
            {
                Show();
            }
        });

    private void Show()
    {
        ShowRows();
        StateHasChanged();
    }

    // Together, because the script removes what it has drawn once it is among the rows.
    private void ShowRows() => (_days, _sent) = (_open.ReadDays(), _open.Outgoing.Shown);

    private Message? Find(string key) =>
        _days.SelectMany(day => day.Rows).FirstOrDefault(row => row.Key == key)?.Message;

    private void Compose((Message Message, bool IsEdit) chosen) => _open.Composing.Begin(chosen.Message, chosen.IsEdit);

    private async Task ReactAsync(Message message, string emoji)
    {
        await _actions.ReactAsync(message, emoji);
        StateHasChanged();
    }

    private Task<bool> Edit(string text) => ShowWhileAsync(_open.EditAsync(text));

    private Task<bool> Send(string text, int number) => ShowWhileAsync(_open.SendAsync(text, number));

    // The reply or the edit leaves the composer at once.
    private async Task<bool> ShowWhileAsync(Task<bool> sending)
    {
        Show();
        try
        {
            return await sending;
        }
        finally
        {
            Show();
        }
    }
}
