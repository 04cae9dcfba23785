using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace P2PChat.Peer.Web.Components;

/// <summary>
/// Connects an element of a component with a script module. Operations run one after another, because a component may
/// be disposed before an earlier call has returned.
/// </summary>
/// <param name="owner">The object whose <see cref="JSInvokableAttribute"/> methods the script calls.</param>
/// <param name="js">The page's JavaScript runtime.</param>
/// <param name="module">The module's address among the static assets.</param>
public sealed class AttachedScript<T>(T owner, IJSRuntime js, string module) : IAsyncDisposable
    where T : class
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private DotNetObjectReference<T>? _self;
    private IJSObjectReference? _attached;
    private bool _isDisposed;

    /// <summary>Calls a function of the module with the element, the owner's reference and further arguments.</summary>
    public Task AttachAsync(string function, ElementReference element, params object?[] arguments) =>
        RunInOrderAsync(async () =>
        {
            await DetachCoreAsync();
            if (_isDisposed)
            {
                return;
            }

            _self ??= DotNetObjectReference.Create(owner);
            var imported = await ImportedModules.GetAsync(js, module);
            _attached = await imported.InvokeAsync<IJSObjectReference>(function, [element, _self, .. arguments]);
        });

    /// <summary>Detaches the element, if one is attached.</summary>
    public Task DetachAsync() => RunInOrderAsync(DetachCoreAsync);

    /// <summary>Calls a function of the attached object, if there is one.</summary>
    public Task InvokeAsync(string function, params object?[] arguments) =>
        RunInOrderAsync(async () =>
        {
            if (_attached is not null)
            {
                await _attached.InvokeVoidAsync(function, arguments);
            }
        });

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        // A pending call never returns after the page has closed. Waiting for it would block the peer's shutdown.
        if (_gate.CurrentCount == 0 && !await IsPageOpenAsync())
        {
            _self?.Dispose();
            return;
        }

        await RunInOrderAsync(async () =>
        {
            try
            {
                await DetachCoreAsync();
            }
            finally
            {
                // Only now: until the page has confirmed the detachment, it may still call the owner.
                _self?.Dispose();
            }
        });
    }

    // Calls a function that every page has and that has no effect.
    private async Task<bool> IsPageOpenAsync()
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

    private async Task DetachCoreAsync()
    {
        if (_attached is not { } attached)
        {
            return;
        }

        _attached = null;
        await attached.InvokeVoidAsync("detach");
        await attached.DisposeAsync();
    }

    private async Task RunInOrderAsync(Func<Task> action)
    {
        await _gate.WaitAsync();
        try
        {
            await action();
        }
        catch (JSDisconnectedException)
        {
            // The page was closed, and everything attached to it is gone.
        }
        finally
        {
            _ = _gate.Release();
        }
    }
}

/// <summary>
/// The modules of each open page, because importing one again would cost a round trip. Thread-safe.
/// </summary>
internal static class ImportedModules
{
    private static readonly ConditionalWeakTable<IJSRuntime, ConcurrentDictionary<string, IJSObjectReference>> Pages =
    [];

    public static async ValueTask<IJSObjectReference> GetAsync(IJSRuntime js, string module)
    {
        var modules = Pages.GetOrCreateValue(js);
        return modules.TryGetValue(module, out var imported)
            ? imported
            : modules[module] = await js.InvokeAsync<IJSObjectReference>("import", $"./{module}");
    }
}
