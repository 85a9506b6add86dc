package main

var bucketCommand = (&family{
	name: "bucket", brief: "makes and removes buckets",
	intro: `
Buckets are an account's picture spaces. For OCR they take part in the signature
alone: what one is signed for must be what the request names.`,
	verbs: []verb{
		{name: "create", args: "APPID NAME", n: [2]int{2, 2}, brief: "makes one", do: createBucket},
		{name: "list", args: "APPID", n: [2]int{1, 1}, brief: "lists an account's", do: listBuckets},
		{name: "remove", args: "APPID NAME", n: [2]int{2, 2}, brief: "removes one that no key is for", do: removeBucket},
	},
}).command()

func createBucket(j *job) error { return j.Registry.CreateBucket(j.ctx, j.args[0], j.args[1]) }

func listBuckets(j *job) error {
	names, err := j.Registry.ListBuckets(j.ctx, j.args[0])
	if err != nil {
		return err
	}
	type bucket struct {
		Name string `json:"bucket"`
	}
	all := make([]bucket, len(names))
	for i, name := range names {
		all[i] = bucket{name}
	}
	return printAll(j, all, []string{"BUCKET"}, func(b bucket) []string { return []string{b.Name} })
}

func removeBucket(j *job) error { return j.Registry.RemoveBucket(j.ctx, j.args[0], j.args[1]) }
