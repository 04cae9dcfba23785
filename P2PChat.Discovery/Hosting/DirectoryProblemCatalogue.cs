using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Hosting;

/// <summary>Maps the directory's exceptions to <see cref="Problems"/>.</summary>
internal sealed class DirectoryProblemCatalogue(IOptions<DirectoryOptions> options) : IProblemCatalogue
{
    public Problem? Find(Exception exception) =>
        exception switch
        {
            ProblemException { Problem: var known } => known,
            StoreUnavailableException => Problems.StoreUnavailable(options.Value.StoreRetryAfter),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.TooLarge(
                options.Value.RegistrationBodyBytes
            ),
            BadHttpRequestException bad => Problems.Malformed(bad.Message),
            _ => null,
        };

    public Problem ForStatus(int status) => Problems.ForStatus(status);
}
