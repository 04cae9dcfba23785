using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers;

namespace P2PChat.Discovery.RateLimits;

/// <summary>The limits that need to know who registers and what: they come after the signature.</summary>
internal sealed class RegistrationBudgets(IOptions<DirectoryOptions> options, DirectoryMetrics metrics) : IDisposable
{
    private readonly bool _enabled = options.Value.RateLimits.Enabled;
    private readonly Budget _identity = new(options.Value.RateLimits.Identity, "identity", metrics);
    private readonly Budget _newNames = new(options.Value.RateLimits.NewNames, "new-names", metrics);
    private readonly Budget _returns = new(options.Value.RateLimits.Returns, "returns", metrics);

    /// <exception cref="ProblemException">Too many registrations or leaves by one key.</exception>
    public void SpendOnIdentity(string peerId) => Spend(_identity, peerId);

    /// <exception cref="ProblemException">Too many names newly claimed by one address.</exception>
    public void SpendOnNewName(string address) => Spend(_newNames, address);

    /// <exception cref="ProblemException">Too many owners came back from one address.</exception>
    public void SpendOnReturn(string address) => Spend(_returns, address);

    /// <summary>Holds what a registration costs while the store is asked whether it is what it is taken for.</summary>
    /// <param name="isNew">Whether its name is taken for one that nobody claims.</param>
    /// <returns>Whether there is enough for it. Then it must be returned.</returns>
    public bool TryHold(string peerId, string address, bool isNew)
    {
        if (!_enabled)
        {
            return true;
        }
        // Anybody may have sent a record that was seen before, and hold: the last one is its owner's, who is let in once the
        // store has said that his is new.
        if (!_identity.TryHold(peerId, leaves: 1))
        {
            return false;
        }

        if (ByAddress(isNew).TryHold(address))
        {
            return true;
        }

        _identity.Return(peerId, isSpent: false);
        return false;
    }

    /// <summary>Ends what <see cref="TryHold"/> began.</summary>
    public void Return(string peerId, string address, bool isNew, bool isSpent)
    {
        if (!_enabled)
        {
            return;
        }

        _identity.Return(peerId, isSpent);
        ByAddress(isNew).Return(address, isSpent);
    }

    public void Dispose()
    {
        _identity.Dispose();
        _newNames.Dispose();
        _returns.Dispose();
    }

    private void Spend(Budget budget, string key)
    {
        if (_enabled)
        {
            budget.Spend(key);
        }
    }

    private Budget ByAddress(bool isNew) => isNew ? _newNames : _returns;
}
