namespace P2PChat.ServiceDefaults.Problems;

/// <summary>The problems that a service can return.</summary>
public interface IProblemCatalogue
{
    /// <returns>Null for an unexpected exception, which is logged and answered with a 500 without details.</returns>
    Problem? Find(Exception exception);

    /// <summary>Returns the problem for a status code that was not set by an endpoint.</summary>
    Problem ForStatus(int status);
}
