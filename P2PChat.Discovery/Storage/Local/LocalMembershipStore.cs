using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Storage.Local;

/// <summary>Join codes and members of a single replica without Redis.</summary>
internal sealed class LocalMembershipStore(
    ILocalData data,
    TimeProvider timeProvider,
    IOptions<DirectoryOptions> options
) : IMembershipStore
{
    private const int SweepBatch = 1_000;

    public string SystemName => data.SystemName;

    public Task<JoinCodeResult> AddCodeAsync(
        JoinCode code,
        JoinCodeLimits limits,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            if (FindCode(code.Hash, time) is { } known)
            {
                return known.Code.Maker == code.Maker
                    ? new JoinCodeResult(JoinCodeOutcome.Existing, known.Code.ExpiresAt)
                    : new JoinCodeResult(JoinCodeOutcome.Foreign);
            }

            if (
                data.Members.CountMadeBy(code.Maker, time.Lasting) >= limits.PerIdentity
                || data.Members.CountMadeFrom(code.Claimant, time.Lasting) >= limits.PerAddress
            )
            {
                return new JoinCodeResult(JoinCodeOutcome.TooMany);
            }

            // Measured from now, so that a jump of the wall clock does not end the code.
            data.Members.AddCode(new HeldCode(code, time.Now + (code.ExpiresAt - timeProvider.GetUtcNow())));
            return new JoinCodeResult(JoinCodeOutcome.Added, code.ExpiresAt);
        });

    public Task RemoveCodeAsync(string codeHash, string maker, CancellationToken cancellationToken) =>
        RunAsync(_ =>
        {
            if (data.Members.FindCode(codeHash) is { } code && code.Code.Maker == maker)
            {
                data.Members.RemoveCode(codeHash);
            }

            return true;
        });

    public Task<bool> ReserveAsync(string codeHash, string peerId, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            if (FindCode(codeHash, time) is not { } code || !MayUse(code.Code, peerId, time, out var use))
            {
                return false;
            }

            if (use is not { State: CodeUseState.Spent })
            {
                data.Members.SaveUse(
                    codeHash,
                    new CodeUse(peerId, CodeUseState.Reserved, time.Now + JoinCode.Reservation)
                );
            }

            return true;
        });

    public Task<bool> SpendAsync(
        string codeHash,
        string peerId,
        Username username,
        CancellationToken cancellationToken
    ) =>
        RunAsync(time =>
        {
            if (FindCode(codeHash, time) is not { } code || !MayUse(code.Code, peerId, time, out _))
            {
                return false;
            }

            data.Members.SaveUse(codeHash, new CodeUse(peerId, CodeUseState.Spent, time.Now));
            var member = data.Members.FindMember(peerId)
                ?? new HeldMember(peerId, [], code.Code.Maker, codeHash, JoinedAt: time.Now, LastSeen: time.Now);
            data.Members.SaveMember(member.Registered(username.Value, time.Now));
            return true;
        });

    public Task ReleaseAsync(string codeHash, string peerId, CancellationToken cancellationToken) =>
        RunAsync(_ =>
        {
            if (data.Members.FindUse(codeHash, peerId) is { State: CodeUseState.Reserved })
            {
                data.Members.RemoveUse(codeHash, peerId);
            }

            return true;
        });

    public Task<bool> IsMemberAsync(string peerId, CancellationToken cancellationToken) =>
        RunAsync(_ => data.Members.FindMember(peerId) is not null);

    public Task<bool> RefreshMemberAsync(string peerId, Username username, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            if (data.Members.FindMember(peerId) is not { } member)
            {
                return false;
            }

            data.Members.SaveMember(member.Registered(username.Value, time.Now));
            return true;
        });

    public Task<MemberPage> ListMembersAsync(string? after, int limit, CancellationToken cancellationToken) =>
        RunAsync(time =>
        {
            var toWallTime = data.ToWallTime(time.Now) - time.Now;
            var page = data.Members.MembersAfter(after ?? "", limit + 1);
            return new MemberPage(
                [
                    .. page.Take(limit)
                        .Select(member => new Member(
                            member.PeerId,
                            member.Usernames,
                            member.InvitedBy,
                            member.JoinedAt + toWallTime,
                            member.LastSeen + toWallTime
                        )),
                ],
                page.Count > limit
            );
        });

    public Task<IReadOnlyList<string>?> RemoveMemberAsync(string peerId, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<string>?>(time =>
        {
            var made = data.Members.CodesOf(peerId);
            foreach (var hash in made)
            {
                data.Members.RemoveCode(hash);
            }

            if (data.Members.FindMember(peerId) is not { } member)
            {
                return made.Count == 0 ? null : [];
            }

            data.Members.RemoveMember(peerId);
            if (data.Members.FindCode(member.CodeHash) is not null)
            {
                data.Members.SaveUse(member.CodeHash, new CodeUse(peerId, CodeUseState.Barred, time.Now));
            }

            return member.Usernames;
        });

    public Task<int> SweepAsync(CancellationToken cancellationToken) =>
        RunAsync(time =>
            data.Members.Sweep(time.Lasting, time.Lasting - options.Value.JoinCodes.MemberKept, SweepBatch)
        );

    private HeldCode? FindCode(string hash, StoreTime time) =>
        data.Members.FindCode(hash) is { } code && code.Ends > time.Lasting ? code : null;

    // Whether the key has a use of the code, or there is one left for it.
    private bool MayUse(JoinCode code, string peerId, StoreTime time, out CodeUse? use)
    {
        data.Members.EndReservations(code.Hash, time.Now);
        use = data.Members.FindUse(code.Hash, peerId);
        return use is null ? data.Members.CountUses(code.Hash) < code.Uses : use.State != CodeUseState.Barred;
    }

    private Task<T> RunAsync<T>(Func<StoreTime, T> action) => Task.FromResult(data.Run(action));
}
