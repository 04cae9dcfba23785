namespace P2PChat.Tests.Infrastructure;

/// <summary>A file of the repository that what the product does is held against, byte for byte.</summary>
internal static class KeptFile
{
    // Set to 1, the tests write what they find: to be looked at, and committed.
    private const string UpdateVariable = "P2PCHAT_UPDATE_KEPT_FILES";

    /// <param name="file">Relative to the repository's root; it must be there, if only empty.</param>
    public static async Task HoldsAsync(string file, string actual)
    {
        var path = RepositoryFile.PathOf(file);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(path, actual);
        }

        if (await File.ReadAllTextAsync(path) != actual)
        {
            Assert.Equal(
                $"{await File.ReadAllTextAsync(path)}\n(If the change is meant: run this test with {UpdateVariable}=1, and commit {file}.)",
                actual
            );
        }
    }
}
