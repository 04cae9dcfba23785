using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Components.Parts;

/// <summary>A conversation: its messages, its notices and the composer.</summary>
public sealed partial class ConversationView : ComponentBase
{
    private readonly ReadingPosition _position = new();
    private readonly OutgoingMessages _outgoing = new();
    private ConversationActions _actions = default!;
    private Composing _composing = default!;
    private UnreadDivider _divider = default!;
    private MessageWindow _window = default!;
    private IReadOnlyList<MessageDay> _days = [];
    private ElementReference _log;
    private AttachedScript<ConversationView>? _script;
    private bool _isLoaded;

    /// <summary>The remote peer's name. It never changes during the lifetime of a view.</summary>
    [Parameter, EditorRequired]
    public Username Name { get; set; }

    /// <summary>The message to scroll to; null for the newest.</summary>
    [Parameter]
    public Guid? At { get; set; }

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
        PageConnection.Lost += OnLost;
        _actions = new ConversationActions(Name, ConnectionService, PresenceService, ChatPageModel);
        _composing = new Composing(Name, MessageService);
        _window = new MessageWindow(ReadAsync);
        _divider = new UnreadDivider(() => MessageService.FirstUnread(Name), Person);
        if ((At ?? _divider.At) is not { } at || !await _window.LoadAroundAsync(at))
        {
            await _window.LoadNewestAsync();
        }

        _position.Reset(isAtEnd: !_window.HasNewer && (At ?? _divider.At) is null, Person.Unread);
        _isLoaded = true;
        ShowRows();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        _script = new(this, Js, Assets["page.js"]);
        await _script.AttachAsync("attachLog", _log, At is { } at ? $"m-{at}" : null);
    }

    [JSInvokable]
    public Task LoadOlder() => LoadAsync(_window.LoadOlderAsync);

    [JSInvokable]
    public Task LoadNewer() => LoadAsync(_window.LoadNewerAsync);

    /// <summary>Called by the script when the list was scrolled, or the page gained or lost the focus.</summary>
    /// <param name="dividerPlace">
    /// The place of the divider before the new messages: -1 above the view, 0 in it, 1 below; null without one.
    /// </param>
    [JSInvokable]
    public void OnPositionChanged(bool isAtEnd, bool isInFront, int? dividerPlace)
    {
        _position.Update(isAtEnd, isInFront);
        _divider.OnPlaced(dividerPlace, isInFront);
        MarkReadIfSeen();
        StateHasChanged();
    }

    public async ValueTask DisposeAsync()
    {
        ChatPageModel.EventReceived -= OnEventReceived;
        ChatPageModel.Changed -= OnChanged;
        ChatPageModel.Deleted -= OnDeleted;
        PageConnection.Lost -= OnLost;
        await (_script?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private async Task LoadAsync(Func<Task> load)
    {
        await load();
        ShowRows();
        StateHasChanged();
    }

    private async Task GoToEndAsync()
    {
        if (_window.HasNewer)
        {
            await _window.LoadNewestAsync();
        }

        _position.ClearNewBelow();
        await ScrollAsync("toEnd");
    }

    private async Task GoToUnreadAsync()
    {
        await _divider.LoadAsync(_window);
        await ScrollAsync("toUnread");
    }

    private async Task ScrollAsync(string function)
    {
        ShowRows();
        StateHasChanged();
        // The rows are rendered first.
        await Task.Yield();
        await (_script?.InvokeAsync(function) ?? Task.CompletedTask);
    }

    // Nobody sees what arrives now.
    private void OnLost() => _ = InvokeAsync(() => _position.Update(_position.IsAtEnd, isPageInFront: false));

    private void OnChanged() =>
        _ = InvokeAsync(async () =>
        {
            if (_isLoaded)
            {
                _ = _divider.Update(Person);
            }

            // An unknown message of our own was sent from the console or another page.
            if (
                _isLoaded
                && Person.LastMessage is { } last
                && last.From == ChatPageModel.Self
                && !_window.Contains(last.Id)
                && !_outgoing.Delays()
            )
            {
                await _window.CatchUpAsync(last.Id);
            }

            // The browser's time zone may have changed, and with it the days.
            ShowRows();
            StateHasChanged();
        });

    private void OnDeleted(Username with, Guid? id) =>
        _ = InvokeAsync(async () =>
        {
            if (with != Name || !_isLoaded)
            {
                return;
            }

            if (id is { } one)
            {
                _window.Remove(one);
            }
            else
            {
                await _window.LoadNewestAsync();
            }

            _divider.OnDeleted(id);
            ShowRows();
            StateHasChanged();
        });

    private void OnEventReceived(PeerEvent peerEvent) =>
        _ = InvokeAsync(() =>
        {
            switch (peerEvent)
            {
                case PeerEvent.MessageReceived { Message: var message } when message.With == Name:
                    _window.Add(message);
                    _divider.OnReceived(message, isSeen: _position.IsNewestSeen && !_divider.HoldsUnread);
                    _position.CountNewMessage();
                    MarkReadIfSeen();
                    break;
                case PeerEvent.MessageChanged { Message: var changed } when changed.With == Name:
                    _window.Update(changed);
                    break;
                case PeerEvent.Receipt { To: var to } receipt when to == Name:
                    if (!_window.SetState(receipt.Id, receipt.State) && !_outgoing.Delays())
                    {
                        _ = LoadAsync(() => _window.CatchUpAsync(receipt.Id));
                    }

                    break;
                case PeerEvent.Connected { With: var with } when with == Name:
                    _actions.Problem = null;
                    break;
                case var _ when ConversationProblem.Of(peerEvent, Person) is { } problem:
                    _actions.Problem = problem;
                    break;
                default:
                    return;
            }

            ShowRows();
            StateHasChanged();
        });

    private void ShowRows() =>
        _days = MessageDay.Of(MessageRow.Of(_window.Messages, ChatPageModel.TimeZone, _divider.At));

    private void MarkReadIfSeen()
    {
        if (_position.IsNewestSeen && Person.Unread > 0 && !_divider.HoldsUnread)
        {
            _divider.OnRead();
            _actions.Try(() => ChatPageModel.MarkRead(Name));
        }
    }

    private Task<MessagePage> ReadAsync(Guid? after, Guid? before, int limit)
    {
        try
        {
            return Task.FromResult(MessageService.Page(Name, after, before, limit));
        }
        catch (PeerException exception)
        {
            // An unknown peer only means that there is no conversation yet.
            _actions.Problem = exception.Error == PeerError.UnknownPeer ? _actions.Problem : exception.Message;
            return Task.FromResult(new MessagePage([], null));
        }
    }

    // Shows this user's own change at once. The event that follows changes nothing.
    private void Show(Message changed)
    {
        _window.Update(changed);
        ShowRows();
        StateHasChanged();
    }

    private async Task<bool> Edit(string text)
    {
        try
        {
            if (await _composing.EditAsync(text) is { } edited)
            {
                Show(edited);
            }

            return true;
        }
        catch (PeerException exception)
        {
            _actions.Problem = exception.Message;
            StateHasChanged();
            return false;
        }
    }

    private async Task<bool> Send(string text, int number)
    {
        _outgoing.Begin();
        try
        {
            var message = await _composing.SendAsync(text);
            _actions.Problem = null;
            if (_window.HasNewer)
            {
                await _window.LoadNewestAsync();
            }

            // A receipt that came while it was being sent is in the store.
            if (_outgoing.TakeDelayed())
            {
                await _window.CatchUpAsync(message.Id);
            }

            _window.Add(message);
            _outgoing.OnShown(number);
            _position.Reset(isAtEnd: true);
            _divider.Clear();
            MarkReadIfSeen();
            return true;
        }
        catch (PeerException exception)
        {
            _actions.Problem = exception.Message;
            if (_outgoing.TakeDelayed())
            {
                OnChanged();
            }

            return false;
        }
        finally
        {
            _outgoing.End();
            ShowRows();
            StateHasChanged();
        }
    }
}
