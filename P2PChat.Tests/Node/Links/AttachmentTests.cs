using System.Net;
using P2PChat.Node.Links;

namespace P2PChat.Tests.Node.Links;

public sealed class AttachmentTests
{
    private static readonly IPAddress Address = IPAddress.Parse("192.168.1.2");
    private static readonly IPAddress Router = IPAddress.Parse("192.168.1.1");

    [Theory]
    [InlineData(1, null, 1, null, true)]
    [InlineData(1, null, 2, null, false)]
    [InlineData(1, "192.168.1.1", 1, "192.168.1.1", true)]
    [InlineData(1, "192.168.1.1", 1, "192.168.1.254", false)]
    [InlineData(1, "192.168.1.1", 1, null, false)]
    [InlineData(1, null, 1, "192.168.1.1", true)]
    public void Attachment_continues_at_the_same_interface_and_router(
        int before,
        string? routerBefore,
        int after,
        string? routerAfter,
        bool continues
    )
    {
        var (old, present) = (At(before, routerBefore), At(after, routerAfter));

        Assert.Equal(continues, present.Continues(old));
        Assert.False((present with { Address = Router }).Continues(old));
    }

    [Fact]
    public void System_reads_each_address_with_its_attachment()
    {
        using var addresses = new SystemAddresses();

        var attachments = addresses.ReadAttachments();

        Assert.Equal(addresses.Read(), attachments.Select(attachment => attachment.Address));
        Assert.All(attachments, attachment => Assert.NotEqual(0, attachment.Interface));
    }

    private static Attachment At(int number, string? router) =>
        new(Address, number, router is null ? null : IPAddress.Parse(router));
}
