using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace P2PChat.Peer.Web.Components;

/// <summary>
/// What <c>page.js</c> has attached to an element of a component, and calls the component back for. To attach, to detach and to
/// go happen one after the other, in the order asked: a component may be gone before what it asked for has come.
/// </summary>
/// <param name="owner">Whose methods (<see cref="JSInvokableAttribute"/>) the script calls.</param>
/// <param name="js">The page.</param>
/// <param name="module">Address of <c>page.js</c>, as the assets have it.</param>
public sealed class AttachedScript<T>(T owner, IJSRuntime js, string module) : IAsyncDisposable
    where T : class
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private DotNetObjectReference<T>? _self;
    private IJSObjectReference? _module;
    private IJSObjectReference? _attached;
    private bool _isGone;

    /// <summary>Calls the function of the module with the element, what calls the owner back, and the rest.</summary>
    public Task AttachAsync(string function, ElementReference element, params object?[] rest) =>
        InTurnAsync(async () =>
        {
            await DetachFirstAsync();
            if (_isGone)
            {
                return;
            }

            _self ??= DotNetObjectReference.Create(owner);
            _module ??= await js.InvokeAsync<IJSObjectReference>("import", $"./{module}");
            _attached = await _module.InvokeAsync<IJSObjectReference>(function, [element, _self, .. rest]);
        });

    /// <summary>Does nothing where nothing is attached.</summary>
    public Task DetachAsync() => InTurnAsync(DetachFirstAsync);

    /// <summary>Calls a function of what is attached, if something is.</summary>
    public Task InvokeAsync(string function) =>
        InTurnAsync(async () =>
        {
            if (_attached is not null)
            {
                await _attached.InvokeVoidAsync(function);
            }
        });

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        // A call that was under way when the page went is never answered: whoever waited for it would hold up the peer's end.
        if (_turn.CurrentCount == 0 && !await AnswersAsync())
        {
            _self?.Dispose();
            return;
        }

        await InTurnAsync(async () =>
        {
            try
            {
                await DetachFirstAsync();
                if (_module is not null)
                {
                    await _module.DisposeAsync();
                }
            }
            finally
            {
                // Not before the page has answered: what it called until then comes before its answer, and would find nobody.
                _self?.Dispose();
            }
        });
    }

    // By a function that each page has, and that does nothing.
    private async Task<bool> AnswersAsync()
    {
        try
        {
            await js.InvokeVoidAsync("Object");
            return true;
        }
        catch (JSDisconnectedException)
        {
            return false;
        }
    }

    private async Task DetachFirstAsync()
    {
        if (_attached is not { } attached)
        {
            return;
        }

        _attached = null;
        await attached.InvokeVoidAsync("detach");
        await attached.DisposeAsync();
    }

    private async Task InTurnAsync(Func<Task> act)
    {
        await _turn.WaitAsync();
        try
        {
            await act();
        }
        catch (JSDisconnectedException)
        {
            // The page has gone, and all that was attached with it.
        }
        finally
        {
            _ = _turn.Release();
        }
    }
}
