using System.Diagnostics.CodeAnalysis;
using Microsoft.JSInterop;
using P2PChat.Peer.Web.Components;

namespace P2PChat.Tests.Web;

public sealed class AttachedScriptTests
{
    private readonly SlowPage _page = new();

    [Fact]
    public async Task Script_attached_during_disposal_is_detached()
    {
        var script = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        var attaching = script.AttachAsync("attachLog", default);

        var disposing = script.DisposeAsync();
        _page.Answers.SetResult();
        await attaching;
        await disposing;

        Assert.Equal(["import", "attachLog", "detach"], _page.Called.Where(called => called != "Object"));
    }

    [Fact]
    public async Task Owner_is_callable_until_the_page_has_detached()
    {
        var script = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        _page.Answers.SetResult();
        await script.AttachAsync("attachLog", default);
        _page.Answers = new();

        var disposing = script.DisposeAsync();

        Assert.Equal("detach", _page.Called[^1]);
        Assert.Same(this, _page.Callback!.Value);
        _page.Answers.SetResult();
        await disposing;
        _ = Assert.Throws<ObjectDisposedException>(() => _page.Callback.Value);
    }

    [Fact]
    public async Task Attaching_again_detaches_first()
    {
        await using var script = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        _page.Answers.SetResult();

        await script.AttachAsync("attachComposer", default);
        await script.AttachAsync("attachComposer", default);

        Assert.Equal(["import", "attachComposer", "detach", "attachComposer"], _page.Called);
    }

    [Fact]
    public async Task Module_is_imported_once_per_page()
    {
        await using var first = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        await using var second = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        _page.Answers.SetResult();

        await first.AttachAsync("attachLog", default);
        await second.AttachAsync("attachComposer", default);

        Assert.Equal(["import", "attachLog", "attachComposer"], _page.Called);
    }

    [Fact]
    public async Task Script_attached_again_keeps_its_own_module()
    {
        await using var scanner = new AttachedScript<AttachedScriptTests>(this, _page, "scan.js");
        await using var notifier = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        _page.Answers.SetResult();

        await scanner.AttachAsync("attachScanner", default);
        await notifier.AttachAsync("attachNotifier", default);
        await scanner.AttachAsync("attachScanner", default);

        Assert.Equal(
            [
                "./scan.js",
                "./scan.js attachScanner",
                "./page.js",
                "./page.js attachNotifier",
                "./scan.js attachScanner",
            ],
            _page.Modules
        );
    }

    [Fact]
    public async Task Closed_page_causes_no_error()
    {
        var script = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        _page.Answers.SetException(new JSDisconnectedException("gone"));

        await script.AttachAsync("attachLog", default);
        await script.DisposeAsync();

        Assert.Equal(["import"], _page.Called);
    }

    [Fact]
    public async Task Page_closed_during_a_call_does_not_block_disposal()
    {
        var script = new AttachedScript<AttachedScriptTests>(this, _page, "page.js");
        var attaching = script.AttachAsync("attachLog", default);
        _page.Answers = new();
        _page.Answers.SetException(new JSDisconnectedException("gone"));

        await script.DisposeAsync();

        Assert.False(attaching.IsCompleted);
    }

    // A page whose answers the test controls.
    private sealed class SlowPage : IJSRuntime
    {
        private const DynamicallyAccessedMemberTypes Read =
            DynamicallyAccessedMemberTypes.PublicConstructors
            | DynamicallyAccessedMemberTypes.PublicFields
            | DynamicallyAccessedMemberTypes.PublicProperties;

        public TaskCompletionSource Answers { get; set; } = new();

        public List<string> Called { get; } = [];

        /// <summary>The imported modules, and the functions called on them.</summary>
        public List<string> Modules { get; } = [];

        public DotNetObjectReference<AttachedScriptTests>? Callback { get; private set; }

        public async ValueTask<TValue> InvokeAsync<[DynamicallyAccessedMembers(Read)] TValue>(
            string identifier,
            object?[]? args
        )
        {
            Called.Add(identifier);
            Callback = args?.OfType<DotNetObjectReference<AttachedScriptTests>>().FirstOrDefault() ?? Callback;
            var module = identifier == "import" ? (string)args![0]! : "";
            if (module.Length > 0)
            {
                Modules.Add(module);
            }

            await Answers.Task;
            return new Reference(this, module) is TValue reference ? reference : default!;
        }

        public ValueTask<TValue> InvokeAsync<[DynamicallyAccessedMembers(Read)] TValue>(
            string identifier,
            CancellationToken cancellationToken,
            object?[]? args
        ) => InvokeAsync<TValue>(identifier, args);

        private sealed class Reference(SlowPage page, string module) : IJSObjectReference
        {
            public ValueTask<TValue> InvokeAsync<[DynamicallyAccessedMembers(Read)] TValue>(
                string identifier,
                object?[]? args
            )
            {
                if (module.Length > 0)
                {
                    page.Modules.Add($"{module} {identifier}");
                }

                return page.InvokeAsync<TValue>(identifier, args);
            }

            public ValueTask<TValue> InvokeAsync<[DynamicallyAccessedMembers(Read)] TValue>(
                string identifier,
                CancellationToken cancellationToken,
                object?[]? args
            ) => page.InvokeAsync<TValue>(identifier, args);

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
