using System.Net;
using P2PChat.Node.Links;

namespace P2PChat.Tests.Node;

/// <summary>The addresses of a machine that moves between networks.</summary>
internal sealed class ChangingAddresses(params string[] addresses) : ILocalAddresses
{
    private volatile IReadOnlyList<IPAddress> _present = Parse(addresses);
    private volatile Exception? _failure;
    private int _failedReads;
    private volatile int _interface;

    public event Action? MayHaveChanged;

    public int FailedReads => Volatile.Read(ref _failedReads);

    public IReadOnlyList<IPAddress> Read()
    {
        if (_failure is not { } failure)
        {
            return _present;
        }

        _ = Interlocked.Increment(ref _failedReads);
        throw failure;
    }

    public IReadOnlyList<Attachment> ReadAttachments() =>
        [.. Read().Select(address => new Attachment(address, _interface, null))];

    /// <summary>Moves to a network that gives the machine the same addresses.</summary>
    public void Reattach()
    {
        _interface++;
        MayHaveChanged?.Invoke();
    }

    /// <param name="failure">The exception that each read throws; null for none.</param>
    public void Fail(Exception? failure) => _failure = failure;

    public void Change(params string[] addresses)
    {
        ChangeUnannounced(addresses);
        MayHaveChanged?.Invoke();
    }

    public void ChangeUnannounced(params string[] addresses) => _present = Parse(addresses);

    private static IReadOnlyList<IPAddress> Parse(string[] addresses) => [.. addresses.Select(IPAddress.Parse)];
}
