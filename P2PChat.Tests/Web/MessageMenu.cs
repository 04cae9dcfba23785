using Microsoft.Playwright;

namespace P2PChat.Tests.Web;

/// <summary>Operates the menu of a message by mouse.</summary>
internal static class MessageMenu
{
    public static ILocator Items(PeerPage page) => page.Page.Locator("#message-menu").GetByRole(AriaRole.Menuitem);

    public static async Task OpenAsync(PeerPage page, int message)
    {
        await page.MenusAreAttachedAsync();
        var bubble = page.Messages.Nth(message).Locator(".bubble");
        await bubble.ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
    }

    public static async Task ChooseAsync(PeerPage page, int message, string item)
    {
        await OpenAsync(page, message);
        await page
            .Page.Locator("#message-menu")
            .GetByRole(AriaRole.Menuitem, new LocatorGetByRoleOptions { Name = item, Exact = true })
            .ClickAsync();
    }
}
