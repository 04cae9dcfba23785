using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using P2PChat.Node.Model;
using P2PChat.Peer.Web.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Components.Parts;

/// <summary>A conversation: what was said, what happens, and where to write.</summary>
public sealed partial class ConversationView : ComponentBase
{
    private MessageWindow _window = default!;
    private IReadOnlyList<MessageDay> _days = [];
    private ElementReference _log;
    private AttachedScript<ConversationView>? _script;
    private string? _trouble;
    private bool _isLoaded;
    private bool _isAtEnd = true;
    private bool _isSeen;
    private int _below;

    /// <summary>With whom. A view is for one person: it is made anew for another.</summary>
    [Parameter, EditorRequired]
    public Username Name { get; set; }

    /// <summary>A message to begin at, rather than at the newest.</summary>
    [Parameter]
    public Guid? At { get; set; }

    private Person Person => ChatPageModel.Find(Name);

    protected override async Task OnInitializedAsync()
    {
        ChatPageModel.Happened += OnHappened;
        ChatPageModel.Changed += OnChanged;
        ChatPageModel.Deleted += OnDeleted;
        _window = new MessageWindow(ReadAsync);
        if (At is not { } at || !await _window.LoadAroundAsync(at))
        {
            await _window.LoadNewestAsync();
        }

        _isAtEnd = !_window.HasNewer && At is null;
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

    /// <summary>Whether the newest message is in view, and the page itself.</summary>
    [JSInvokable]
    public void AtEnd(bool isAtEnd, bool isVisible)
    {
        _isAtEnd = isAtEnd;
        _isSeen = isVisible;
        if (isAtEnd)
        {
            _below = 0;
        }

        NoteSeen();
        StateHasChanged();
    }

    public async ValueTask DisposeAsync()
    {
        ChatPageModel.Happened -= OnHappened;
        ChatPageModel.Changed -= OnChanged;
        ChatPageModel.Deleted -= OnDeleted;
        if (_script is not null)
        {
            await _script.DisposeAsync();
        }
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
            ShowRows();
        }

        _below = 0;
        if (_script is not null)
        {
            await _script.InvokeAsync("toEnd");
        }
    }

    private void OnChanged() =>
        _ = InvokeAsync(async () =>
        {
            // What this page has not seen go out was written at the console, or on another page.
            if (_isLoaded && Person.Last is { } last && last.From == ChatPageModel.Self && !_window.Has(last.Id))
            {
                await _window.CatchUpAsync(last.Id);
                ShowRows();
            }

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

            ShowRows();
            StateHasChanged();
        });

    private void OnHappened(PeerEvent @event) =>
        _ = InvokeAsync(() =>
        {
            switch (@event)
            {
                case PeerEvent.MessageReceived { Message: var message } when message.With == Name:
                    _window.Add(message);
                    if (!_isAtEnd)
                    {
                        _below++;
                    }

                    NoteSeen();
                    break;
                case PeerEvent.Receipt { To: var to } receipt when to == Name:
                    if (!_window.SetState(receipt.Id, receipt.State))
                    {
                        _ = LoadAsync(() => _window.CatchUpAsync(receipt.Id));
                    }

                    break;
                case PeerEvent.Disconnected { With: var with, Reason: var reason } when with == Name:
                    _trouble = DisconnectWords.Of(with, reason) ?? _trouble;
                    break;
                case PeerEvent.NameClaimed { Name: var name, Key: var key } when name == Name:
                    _trouble =
                        $"Another peer ({key.Short}) asked to connect as {Name}, and was refused because {Name} is connected. If {Name} has restarted, disconnect on the page about them, and let them ask again.";
                    break;
                case PeerEvent.Connected { With: var with } when with == Name:
                    _trouble = null;
                    break;
                default:
                    return;
            }

            ShowRows();
            StateHasChanged();
        });

    private void ShowRows() => _days = MessageDay.Of(MessageRow.Of(_window.Messages, ChatPageModel.Days));

    private void NoteSeen()
    {
        if (_isSeen && _isAtEnd && Person.Unread > 0)
        {
            Try(() => ChatPageModel.Read(Name));
        }
    }

    private Task<MessagePage> ReadAsync(Guid? after, Guid? before, int limit)
    {
        try
        {
            return Task.FromResult(MessageService.Page(Name, after, before, limit));
        }
        catch (PeerException e)
        {
            // There is none yet; anything else is for the person to know.
            _trouble = e.Error == PeerError.UnknownPeer ? _trouble : e.Message;
            return Task.FromResult(new MessagePage([], null));
        }
    }

    // Returns whether it is kept; if not, the text stays where it was written.
    private async Task<bool> Send(string text)
    {
        try
        {
            var message = await MessageService.SendAsync(Name, text);
            _trouble = null;
            if (_window.HasNewer)
            {
                await _window.LoadNewestAsync();
            }

            _window.Add(message);
            (_isAtEnd, _below) = (true, 0);
            ChatPageModel.Touch();
            return true;
        }
        catch (PeerException e)
        {
            _trouble = e.Message;
            return false;
        }
        finally
        {
            ShowRows();
            StateHasChanged();
        }
    }

    private void Typing(bool active)
    {
        if (Person.IsConnected)
        {
            Try(() => PresenceService.SetTyping(Name, active));
        }
    }

    private void Answer(bool accepts) =>
        Try(() =>
        {
            if (accepts)
            {
                ConnectionService.Accept(Name);
            }
            else
            {
                ConnectionService.Reject(Name);
            }
        });

    private void Disconnect() => Try(() => ConnectionService.Disconnect(Name));

    private async Task ConnectAsync()
    {
        try
        {
            await ConnectionService.ConnectAsync(Name, CancellationToken.None);
            _trouble = null;
        }
        catch (PeerException e) when (e.Error is PeerError.AlreadyAsked or PeerError.AlreadyConnected)
        {
            _trouble = null;
        }
        catch (PeerException e)
        {
            // A notice shows another key, and a button to accept it.
            _trouble = e.OtherKey is null ? e.Message : null;
            ChatPageModel.Touch();
        }
    }

    private bool Try(Action action)
    {
        try
        {
            action();
            _trouble = null;
            return true;
        }
        catch (PeerException e)
        {
            _trouble = e.Message;
            return false;
        }
    }
}
