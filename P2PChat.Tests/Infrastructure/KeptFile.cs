namespace P2PChat.Tests.Infrastructure;

/// <summary>A committed file that the product's output must match byte for byte.</summary>
internal static class KeptFile
{
    // If set to 1, the tests write the file, to be reviewed and committed.
    private const string UpdateVariable = "P2PCHAT_UPDATE_KEPT_FILES";

    /// <param name="file">An existing file, relative to the repository's root.</param>
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
                $"{await File.ReadAllTextAsync(path)}\n"
                    + $"(If the change is intended, run this test with {UpdateVariable}=1 and commit {file}.)",
                actual
            );
        }
    }
}
