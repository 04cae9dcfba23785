using System.Text.Json;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Access;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Invites;

/// <summary><c>POST /invites</c> and <c>DELETE /invites/{codeHash}</c>: the caller's join codes.</summary>
internal sealed class ChangeJoinCodes(
    IPeerStore peers,
    IMembershipStore members,
    DirectoryIdentity identity,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
)
{
    private static readonly TimeSpan FullRetryAfter = TimeSpan.FromMinutes(5);

    public async Task<IResult> AddAsync(HttpContext context)
    {
        using var span = Telemetry.Source.StartActivity("directory.invite");
        var maker = await LeaseHolder.RequireAsync(peers, context);
        if (!options.Value.JoinCodes.Enabled)
        {
            throw new ProblemException(Problems.JoinCodesOff());
        }

        var body = await ReadAsync(context);
        var now = timeProvider.GetUtcNow();
        var latest = now + JoinCodes.MaxLifetime;
        var result = await members.AddCodeAsync(
            new JoinCode(
                body.CodeHash,
                maker,
                identity.ClaimantOf(ClientAddress.Of(context)).Pseudonym,
                body.Uses,
                body.ExpiresAt < latest ? body.ExpiresAt : latest
            ),
            new JoinCodeLimits(options.Value.JoinCodes.PerIdentity, options.Value.JoinCodes.PerAddress),
            context.RequestAborted
        );
        switch (result.Outcome)
        {
            case JoinCodeOutcome.TooMany:
                metrics.RateLimited("join-codes");
                throw new ProblemException(Problems.TooManyInvites(FullRetryAfter));
            case JoinCodeOutcome.Foreign:
                throw new ProblemException(
                    Problems.Malformed("Another peer has made a code with this hash. Make a new invite.")
                );
        }

        return new BufferedJsonResult<JoinCodeResponse>(
            new(result.ExpiresAt),
            DirectoryJson.Default.JoinCodeResponse,
            result.Outcome == JoinCodeOutcome.Added ? StatusCodes.Status201Created : StatusCodes.Status200OK
        );
    }

    public async Task<IResult> RemoveAsync(HttpContext context, string codeHash)
    {
        using var span = Telemetry.Source.StartActivity("directory.uninvite");
        var maker = await LeaseHolder.RequireAsync(peers, context);
        CheckHash(codeHash);
        await members.RemoveCodeAsync(codeHash, maker, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private async Task<JoinCodeBody> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(Problems.UnsupportedMediaType());
        }

        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        JoinCodeBody? body;
        try
        {
            body = JsonSerializer.Deserialize(
                bytes.GetBuffer().AsSpan(0, (int)bytes.Length),
                DirectoryJson.Default.JoinCodeBody
            );
        }
        catch (JsonException)
        {
            body = null;
        }

        if (body is not { CodeHash: not null })
        {
            throw new ProblemException(
                Problems.Malformed("The body must be the JSON object {\"codeHash\", \"uses\", \"expiresAt\"}.")
            );
        }

        CheckHash(body.CodeHash);
        if (body.Uses is < 1 or > JoinCodes.MaxUses)
        {
            throw new ProblemException(Problems.Malformed($"uses must be 1 to {JoinCodes.MaxUses}."));
        }

        return body.ExpiresAt > timeProvider.GetUtcNow()
            ? body
            : throw new ProblemException(
                Problems.Malformed("expiresAt is in the past. Check this machine's clock, or make a new invite.")
            );
    }

    private static void CheckHash(string codeHash)
    {
        if (!Capability.IsHash(codeHash))
        {
            throw new ProblemException(
                Problems.Malformed("codeHash must be the SHA-256 of the join code, in base64url.")
            );
        }
    }
}
