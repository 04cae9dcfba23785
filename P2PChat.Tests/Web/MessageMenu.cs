using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace P2PChat.Tests.Web;

/// <summary>Operates the menu of a message by mouse.</summary>
internal static class MessageMenu
{
    public static ILocator Items(PeerPage page) => page.Page.Locator("#message-menu").GetByRole(AriaRole.Menuitem);

    public static async Task OpenAsync(PeerPage page, int message)
    {
        await page.MenusAreAttachedAsync();
        var item = page.Messages.Nth(message);
        // A message that the script has drawn has no menu yet.
        await Expect(item).ToHaveAttributeAsync("data-key", new Regex("."));
        await item.Locator(".bubble").ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
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
