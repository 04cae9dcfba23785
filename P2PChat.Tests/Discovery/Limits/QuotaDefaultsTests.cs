using P2PChat.Discovery.Configuration;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Limits;

/// <summary>What a directory keeps for peers that are away, if its operator sets nothing.</summary>
public sealed class QuotaDefaultsTests
{
    private static readonly DirectoryOptions Defaults = new();

    [Fact]
    public void Defaults_have_the_promised_values()
    {
        var (files, mail) = (Defaults.Files, Defaults.Mailbox);

        Assert.Equal(10_737_418_240, Defaults.FilesInTotal);
        Assert.Equal((67_108_864, 256), (files.MailboxBytes, files.MailboxFiles));
        Assert.Equal((16_777_216, 64), (files.CapabilityBytes, files.CapabilityFiles));
        Assert.Equal(8_390_656, files.FileBytes);
        Assert.Equal(TimeSpan.FromDays(14), files.Kept);
        Assert.Equal(67_108_864, mail.MailboxBytes);
        Assert.Equal((8_388_608, 512), (mail.CapabilityBytes, mail.CapabilityEnvelopes));
        Assert.Equal(131_072, mail.EnvelopeBytes);
        Assert.Equal(TimeSpan.FromDays(14), mail.Kept);
    }

    [Theory]
    [InlineData("Directory:FilesInTotal", "10 GiB")]
    [InlineData("Directory:Files:MailboxBytes", "64 MiB, 256")]
    [InlineData("Directory:Files:CapabilityBytes", "16 MiB, 64")]
    [InlineData("Directory:Files:FileBytes", "8 MiB + 2 KiB")]
    [InlineData("Directory:Files:Kept", "14 days")]
    [InlineData("Directory:Mailbox:MailboxBytes", "64 MiB")]
    [InlineData("Directory:Mailbox:CapabilityBytes", "8 MiB")]
    [InlineData("Directory:Mailbox:CapabilityEnvelopes", "512")]
    [InlineData("Directory:Mailbox:EnvelopeBytes", "128 KiB")]
    [InlineData("Directory:Mailbox:Kept", "14 days")]
    public void Defaults_are_documented(string key, string value)
    {
        var row = File.ReadLines(RepositoryFile.PathOf("docs/configuration.md"))
            .Single(line => line.StartsWith($"| `{key}`", StringComparison.Ordinal));

        Assert.Equal(value, row.Split('|')[2].Trim());
    }
}
