using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Limits;

/// <summary>The limits that depend on who registers what. They apply after the signature is verified.</summary>
internal sealed class RegistrationBudgets(IOptions<DirectoryOptions> options, DirectoryMetrics metrics) : IDisposable
{
    private readonly bool _enabled = options.Value.RateLimits.Enabled;
    private readonly Budget _identity = new(options.Value.RateLimits.Identity, "identity", metrics);
    private readonly Budget _joinCodes = new(options.Value.RateLimits.JoinCodes, "join-codes", metrics);
    private readonly Budget _newNames = new(options.Value.RateLimits.NewNames, "new-names", metrics);
    private readonly Budget _returns = new(options.Value.RateLimits.Returns, "returns", metrics);

    /// <exception cref="ProblemException">Too many registrations or leaves by one key.</exception>
    public void SpendOnIdentity(string peerId) => Spend(_identity, peerId);

    /// <exception cref="ProblemException">Too many registrations with a join code from one address.</exception>
    public void SpendOnJoinCode(string address) => Spend(_joinCodes, address);

    /// <exception cref="ProblemException">Too many new names claimed from one address.</exception>
    public void SpendOnNewName(string address) => Spend(_newNames, address);

    /// <exception cref="ProblemException">Too many registrations of claimed names from one address.</exception>
    public void SpendOnReturn(string address) => Spend(_returns, address);

    public void Dispose()
    {
        _identity.Dispose();
        _joinCodes.Dispose();
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
}
