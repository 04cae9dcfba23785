namespace P2PChat.ServiceDefaults.Problems;

/// <summary>The problems that a service answers.</summary>
public interface IProblemCatalogue
{
    /// <returns>Null for an unexpected exception: it is logged, and answered by a 500 without details.</returns>
    Problem? Find(Exception exception);

    /// <summary>The problem for a status that something other than an endpoint chose.</summary>
    Problem ForStatus(int status);
}
