using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Access;

/// <summary>
/// Request feature: the caller was admitted as a record's signer, because it is a member or has reserved a use of a
/// join code. A reserved use is given back at the end of the request, unless the registration has succeeded.
/// </summary>
/// <param name="codeHash">Hash of the join code; null for a member.</param>
internal sealed class SignerAccess(IMembershipStore members, string peerId, string? codeHash) : IAsyncDisposable
{
    private bool _isCompleted;

    /// <summary>Records a successful registration, which makes the key a member.</summary>
    /// <returns>False if the code or the membership has ended meanwhile.</returns>
    public async Task<bool> CompleteAsync(Username name)
    {
        // Not cancelled with the request: the name is already registered.
        _isCompleted = codeHash is null
            ? await members.RefreshMemberAsync(peerId, name, CancellationToken.None)
            : await members.SpendAsync(codeHash, peerId, name, CancellationToken.None);
        return _isCompleted;
    }

    public async ValueTask DisposeAsync()
    {
        if (codeHash is null || _isCompleted)
        {
            return;
        }

        try
        {
            await members.ReleaseAsync(codeHash, peerId, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // Reported by StoreHealth. The reservation ends by itself.
        }
    }
}
