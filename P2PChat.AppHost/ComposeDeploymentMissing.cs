namespace P2PChat.AppHost;

/// <summary>Replaces <c>ComposeDeployment.cs</c> in a build without <c>-p:ComposePublisher=true</c>.</summary>
public static class ComposeDeployment
{
    /// <summary>Has no effect on an app that runs or is published as a manifest.</summary>
    /// <exception cref="SettingException">
    /// The AppHost was asked to publish a compose file. Aspire alone would write nothing and exit with 0.
    /// </exception>
    public static void AddComposeDeployment(this IDistributedApplicationBuilder builder)
    {
        // --publisher manifest sets this step too.
        if (builder.ExecutionContext.IsPublishMode && builder.Configuration["Pipeline:Step"] != "publish-manifest")
        {
            throw new SettingException(
                "This build of the AppHost cannot publish a compose file. Run deploy/publish.sh instead."
            );
        }
    }
}
