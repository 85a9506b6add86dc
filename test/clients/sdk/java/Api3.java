import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.tencentcloudapi.common.AbstractModel;
import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.profile.ClientProfile;
import com.tencentcloudapi.common.profile.HttpProfile;
import com.tencentcloudapi.common.profile.Language;
import com.tencentcloudapi.ocr.v20181119.OcrClient;
import com.tencentcloudapi.ocr.v20181119.models.BankCardOCRRequest;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Base64;

/**
 * Calls BankCardOCR with the published SDK for each case of the job on standard
 * input, and prints what its user gets. driver/driver.go has the fields.
 */
public class Api3 {
    public static void main(String[] args) throws IOException {
        JsonObject job = JsonParser.parseReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).getAsJsonObject();
        JsonArray results = new JsonArray();
        for (JsonElement c : job.getAsJsonArray("cases")) {
            results.add(call(c.getAsJsonObject()));
        }
        System.out.write(new Gson().toJson(results).getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        System.exit(0); // the SDK's HTTP client keeps threads
    }

    static JsonObject call(JsonObject c) throws IOException {
        HttpProfile http = new HttpProfile();
        http.setEndpoint(text(c, "endpoint"));
        http.setProtocol(HttpProfile.REQ_HTTP);
        if (c.has("method")) {
            http.setReqMethod(text(c, "method"));
        }
        ClientProfile profile = new ClientProfile();
        profile.setHttpProfile(http);
        if (c.has("sign")) {
            profile.setSignMethod(text(c, "sign"));
        }
        if (c.has("language")) {
            profile.setLanguage(text(c, "language").equals("zh-CN") ? Language.ZH_CN : Language.EN_US);
        }
        String region = c.has("region") ? text(c, "region") : "";
        OcrClient client = new OcrClient(new Credential(text(c, "secret_id"), text(c, "secret_key")), region, profile);

        BankCardOCRRequest request = new BankCardOCRRequest();
        if (c.has("image")) {
            request.setImageBase64(Base64.getEncoder().encodeToString(Files.readAllBytes(Paths.get(text(c, "image")))));
        }
        if (c.has("url")) {
            request.setImageUrl(text(c, "url"));
        }
        if (c.has("crops")) {
            request.setRetBorderCutImage(true);
            request.setRetCardNoImage(true);
        }
        JsonObject result = new JsonObject();
        try {
            result.add("response", JsonParser.parseString(AbstractModel.toJsonString(client.BankCardOCR(request))));
        } catch (TencentCloudSDKException e) {
            JsonObject error = new JsonObject();
            error.addProperty("Type", e.getClass().getSimpleName());
            error.addProperty("Code", e.getErrorCode());
            error.addProperty("Message", e.getMessage());
            error.addProperty("RequestID", e.getRequestId());
            result.add("error", error);
        }
        return result;
    }

    static String text(JsonObject c, String name) {
        return c.get(name).getAsString();
    }
}
